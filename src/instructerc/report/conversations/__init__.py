"""A report about conversations: where moods turned, who felt what when, and of which turns the model is least certain."""
