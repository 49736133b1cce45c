"""The model of InstructERC for conversations in 17 languages; its files are in the folder `model`."""
