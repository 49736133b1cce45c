"""Training: recipes and the one loop that runs them."""

from instructerc.training.recipe import Recipe, load_recipe

__all__ = ["Recipe", "load_recipe"]
