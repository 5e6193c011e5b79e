"""`jupyter nbconvert --to script`: a module that TypeScript accepts, which the kernel's package makes of the
notebook."""

import subprocess
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from nbconvert.exporters import Exporter


class TypeScriptExporter(Exporter):
    file_extension = ".ts"
    output_mimetype = "text/typescript"

    def from_notebook_node(self, nb, resources=None, **kw):
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        node, *_, main, _ = KernelSpecManager().get_kernel_spec("pxlab").argv
        program = Path(main).parent.parent / "cli" / "export" / "main.js"
        made = subprocess.run(
            [node, program],
            input=nbformat.writes(notebook, version=4),
            capture_output=True,
            encoding="utf-8",
        )
        if made.returncode != 0:
            raise RuntimeError(made.stderr.strip())
        return made.stdout, resources
