"""The bytes: blocking plain Python that turns wishes into bytes and bytes into facts. No asyncio, no business."""
