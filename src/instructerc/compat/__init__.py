"""Every use of what libraries do not promise to keep. Each has a test in `tests/compat` that fails when it is gone."""
