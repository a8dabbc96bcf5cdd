"""The words that rules, drivers and bridge share: values only, all immutable."""
