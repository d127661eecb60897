// Replaced by the worker.
