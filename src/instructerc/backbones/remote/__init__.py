"""Language models behind a server that already runs: vLLM or SGLang."""
