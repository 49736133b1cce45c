"""A report about runs of models: results, their certainty, where models are right, and what they get wrong."""
