"""What the scripts of this folder do, as modules; rigs and benchmarks use them too."""
