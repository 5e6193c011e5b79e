"""A user at `jupyter console`: each line is typed once the prompt for it is there. Prints what the prompts were
answered with; see test/interop/front-ends.test.ts."""

import os
import sys

import pexpect

ESCAPES = r"(?:\x1b\[[0-9;?]*[a-zA-Z])*"


def prompt(number):
    console.expect(rf"In {ESCAPES}\[{ESCAPES}{number}{ESCAPES}\]: ")


def type_line(text):
    console.send(text + "\r")


def answer(pattern):
    console.expect(pattern)
    print(pattern)


os.environ["PROMPT_TOOLKIT_NO_CPR"] = "1"
# A second is not much on a machine that runs tests; that the kernel needs less is another test's matter.
patience = "--ZMQTerminalInteractiveShell.kernel_is_complete_timeout=20"
command = ["-m", "jupyter", "console", "--kernel", "pxlab", patience]
console = pexpect.spawn(sys.executable, command, timeout=30, encoding="utf8", dimensions=(30, 100))
prompt(1)
type_line("6 * 7")
answer("42")
prompt(2)
type_line('throw new RangeError("far")')
answer("RangeError: far")
prompt(3)
type_line("function double(n: number) {")
console.expect(rf"\.\.\.: {ESCAPES}  ")  # goes on, indented
type_line("return n * 2;")
type_line("}")
prompt(4)
type_line("double(21) + 1000")
answer("1042")
prompt(5)
type_line('console.log("in a " + "loop"); for (;;);')
answer("in a loop")
console.sendintr()
answer("Interrupted: Cell")
prompt(6)
type_line('const who = await input("your name? ");')
console.expect("your name\\? ")
type_line("Ada")
prompt(7)
type_line("who.toUpperCase()")
answer("'ADA'")
prompt(8)
type_line("exit")
console.expect(pexpect.EOF)
console.close()
print(f"ended with {console.exitstatus}")
