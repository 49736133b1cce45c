"""One file a kind of backbone: its name is the kind's, and it holds the entry as `KIND`; see `registry.py`."""
