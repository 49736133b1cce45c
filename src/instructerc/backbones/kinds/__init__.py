"""One file per kind of backbone, named after the kind, with its entry as `KIND`; see `registry.py`."""
