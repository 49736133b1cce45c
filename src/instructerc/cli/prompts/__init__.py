"""`instructerc prompt`: what a model is asked, to look at."""
