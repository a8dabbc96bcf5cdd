"""SmartOne: the adapter and the sandbox."""
