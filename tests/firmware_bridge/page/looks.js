// What is wrong with how the page looks, measured on what the browser has laid out.
(() => {
  const seen = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility());
  const name = (one) => one.id || one.className || one.textContent;
  // WCAG 2.2, 1.4.3: text against the first ground below it that is not transparent.
  const linear = (part) => (part / 255 <= .04045 ? part / 255 / 12.92 : ((part / 255 + .055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
  const rgb = (text) => (text.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = rgb(getComputedStyle(node).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const contrast = (node) => {
    const [low, high] = [rgb(getComputedStyle(node).color), ground(node)].map(luminance).sort((x, y) => x - y);
    return (high + .05) / (low + .05);
  };
  const says = (node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
  const box = (one) => one.getBoundingClientRect();
  return {
    pale: seen("body *").filter((one) => !one.closest("svg") && says(one) && contrast(one) < 4.5).map(name),
    small: seen("button, select, input").filter((one) => box(one).height < 43.5 || box(one).width < 43.5).map(name),
    cut: seen("body *").filter((one) => !one.closest("#diagram, svg, .unseen"))
      .filter((one) => box(one).right > innerWidth + 1 || box(one).left < -1).map(name),
  };
})()
