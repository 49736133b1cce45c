"""A report about conversations: where moods turned, who felt what when, and which turns are least certain."""
