"""What Jupyter's Python tools ask of a language in Python: TypeScript's parameters in papermill, and its scripts in
nbconvert. `pxcluster install` puts it beside them."""
