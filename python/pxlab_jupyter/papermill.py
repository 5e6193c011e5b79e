"""papermill finds the translators of its parameters by kernel or language, and has no group of entry points for them.
It loads those of its engines whenever it starts: with the engine of our name comes the translator."""

import json
import math
import re

from papermill.engines import NBClientEngine
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators

DECLARATION = re.compile(
    r"^(?:export\s+)?(?:const|let|var)\s+(?P<name>[\w$]+)\s*(?::\s*(?P<type>[^=]+?))?\s*=\s*"
    r"(?P<value>.*?)\s*;?\s*(?://\s*(?P<help>.*))?$"
)


class TypeScriptTranslator(Translator):
    """Parameters as TypeScript: `let alpha: number = 0.1;`, with the type that the notebook gives it."""

    # Of the notebook that was looked at last, until its parameters are written.
    types = {}

    @classmethod
    def translate_none(cls, val):
        return "null"

    @classmethod
    def translate_float(cls, val):
        if math.isfinite(val):
            return cls.translate_raw_str(val)
        return "NaN" if math.isnan(val) else "Infinity" if val > 0 else "-Infinity"

    @classmethod
    def translate_int(cls, val):
        return f"{val}n" if abs(val) > 2**53 - 1 else f"{val}"

    @classmethod
    def translate_escaped_str(cls, str_val):
        return json.dumps(f"{str_val}")

    @classmethod
    def translate_list(cls, val):
        return f"[{', '.join(cls.translate(each) for each in val)}]"

    @classmethod
    def translate_dict(cls, val):
        fields = (f"{cls.translate_str(key)}: {cls.translate(each)}" for key, each in val.items())
        return f"{{ {', '.join(fields)} }}" if val else "{}"

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".strip()

    @classmethod
    def assign(cls, name, str_val):
        annotation = f": {cls.types[name]}" if name in cls.types else ""
        return f"let {name}{annotation} = {str_val};"

    @classmethod
    def codify(cls, parameters, comment="Parameters"):
        try:
            return super().codify(parameters, comment)
        finally:
            cls.types = {}

    @classmethod
    def inspect(cls, parameters_cell):
        """What `--help-notebook` lists: declarations of one line."""
        lines = parameters_cell["source"].splitlines()
        found = [each for line in lines if (each := DECLARATION.match(line))]
        cls.types = {each["name"]: each["type"] for each in found if each["type"]}
        return [
            Parameter(
                name=each["name"],
                inferred_type_name=each["type"] or "None",
                default=each["value"],
                help=each["help"] or "",
            )
            for each in found
        ]


papermill_translators.register("typescript", TypeScriptTranslator)


class PxlabEngine(NBClientEngine):
    """papermill's own engine."""
