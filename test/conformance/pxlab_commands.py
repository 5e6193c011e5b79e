"""A pytest plugin that has ipyparallel's own tests start other commands.

``IPP_CONTROLLER_CMD`` and ``IPP_ENGINE_CMD`` hold the words of a command each, as JSON lists; what is not
set stays ipyparallel's own. Use: ``pytest -p pxlab_commands --pyargs ipyparallel.tests.test_client``.
"""

import json
import os

import ipyparallel.cluster.launcher as launcher

COMMANDS = {
    "controller_cmd": json.loads(os.environ.get("IPP_CONTROLLER_CMD", "[]")),
    "engine_cmd": json.loads(os.environ.get("IPP_ENGINE_CMD", "[]")),
}

# The tests' own fixtures hold these very lists.
if COMMANDS["controller_cmd"]:
    launcher.ipcontroller_cmd_argv[:] = COMMANDS["controller_cmd"]
if COMMANDS["engine_cmd"]:
    launcher.ipengine_cmd_argv[:] = COMMANDS["engine_cmd"]


def pytest_configure(config):
    """Launchers copied the lists when their classes were made."""
    for value in vars(launcher).values():
        if not (isinstance(value, type) and issubclass(value, launcher.BaseLauncher)):
            continue
        traits = value.class_traits()
        for name, words in COMMANDS.items():
            if words and name in traits:
                traits[name].default_args = (words,)
                traits[name].default_value = words
