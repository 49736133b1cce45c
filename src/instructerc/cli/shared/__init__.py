"""What several commands use: flags, tables, progress, writers."""
