"""Training: recipes and the one loop that runs them."""

from instructerc.training.recipe import Recipe
from instructerc.training.recipe_file import load_recipe

__all__ = ["Recipe", "load_recipe"]
