"""Jupyter's own tests of kernels, with every sample given. See test/interop/kernel-tests.test.ts."""

import unittest

from jupyter_kernel_test import IopubWelcomeTests as WelcomeTests
from jupyter_kernel_test import KernelTests


class PxlabTests(KernelTests):
    kernel_name = "pxlab"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oops')"
    completion_samples = [
        {"text": "'text'.toUpper", "matches": {"toUpperCase"}},
        {"text": "%pxr", "matches": {"%pxresult"}},
    ]
    complete_code_samples = ["1", "const a = { b: 1 };", "function f() {\n  return 1;\n}"]
    incomplete_code_samples = ["function f() {", "const a = [", "const b = `"]
    invalid_code_samples = ["const = 1;", "1 +* 2;"]
    code_page_something = "console.log?"
    code_generate_error = "throw new RangeError('far')"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "[1, 2].map((n) => n * 2)", "result": "[ 2, 4 ]"},
        {"code": "await Promise.resolve('later')", "result": "'later'"},
        {"code": "[{ a: 1 }]", "mime": "text/html"},
    ]
    code_display_data = [
        {"code": "display.html('<b>bold</b>')", "mime": "text/html"},
        {"code": "display.png(new Uint8Array([137, 80, 78, 71]))", "mime": "image/png"},
        {"code": "display.markdown('# title')", "mime": "text/markdown"},
        {"code": "display.vegalite({ mark: 'bar' })", "mime": "application/vnd.vegalite.v5+json"},
    ]
    code_history_pattern = "6*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "console.log"
    code_clear_output = "display.clear({ wait: true })"

    def test_stdin(self):
        """There is none for input among Jupyter's."""
        self.flush_channels()
        code = "const name = await input('name? ');\nname.toUpperCase()"
        message_id = self.kc.execute(code, allow_stdin=True)
        asked = self.kc.get_stdin_msg(timeout=15)
        self.assertEqual(asked["content"], {"prompt": "name? ", "password": False})
        self.kc.input("ada")
        reply = self.get_non_kernel_info_reply(timeout=15)
        self.assertEqual(reply["parent_header"]["msg_id"], message_id)
        self.assertEqual(reply["content"]["status"], "ok")
        self.assertIn("'ADA'", self.results())

    def test_interrupt(self):
        """Nor for Stop."""
        self.flush_channels()
        self.kc.execute("console.log('on');\nfor (;;);")
        while self.kc.get_iopub_msg(timeout=15)["msg_type"] != "stream":
            pass
        self.km.interrupt_kernel()
        reply = self.get_non_kernel_info_reply(timeout=15)
        self.assertEqual(reply["content"]["ename"], "Interrupted")

    def results(self):
        texts = []
        while True:
            message = self.kc.get_iopub_msg(timeout=15)
            if message["msg_type"] == "execute_result":
                texts.append(message["content"]["data"]["text/plain"])
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return texts


class IopubWelcomeTests(WelcomeTests):
    kernel_name = "pxlab"
    support_iopub_welcome = True


del KernelTests, WelcomeTests

if __name__ == "__main__":
    unittest.main(verbosity=2)
