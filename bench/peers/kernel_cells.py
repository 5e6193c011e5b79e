"""Cells as notebooks have them, the same for kernels of TypeScript and of Python. A turn of ten declares, calls,
imports, prints, and computes with what it declared; `#` stands for the number of the turn, so that its names are new.
"""

TYPESCRIPT = [
    "const count# = # * 2;",
    "function twice#(x: number): number {\n  return x * 2;\n}",
    "twice#(count#)",
    "interface Point# {\n  x: number;\n  y: number;\n}\nconst point#: Point# = { x: #, y: count# };",
    "import { join } from 'node:path';\nconst path# = join('data', '#.csv');",
    "console.log(path#, point#)",
    "const items# = Array.from({ length: 10 }, (_, id) => ({ id, size: id * count# }));",
    "items#.filter((item) => item.size > 4).map((item) => item.id)",
    "const total# = items#.reduce((sum, { size }) => sum + size, 0);\ntotal#",
    "const answer# = await Promise.resolve({ status: 200, body: items# });\nanswer#.status",
]

PYTHON = [
    "count# = # * 2",
    "def twice#(x: int) -> int:\n    return x * 2",
    "twice#(count#)",
    "class Point#:\n    def __init__(self, x: int, y: int):\n        self.x, self.y = x, y\npoint# = Point#(#, count#)",
    "from os.path import join\npath# = join('data', '#.csv')",
    "print(path#, point#)",
    "items# = [{'id': id, 'size': id * count#} for id in range(10)]",
    "[item['id'] for item in items# if item['size'] > 4]",
    "total# = sum(item['size'] for item in items#)\ntotal#",
    "import asyncio\nanswer# = await asyncio.sleep(0, {'status': 200, 'body': items#})\nanswer#['status']",
]


def cell(language: str, number: int) -> str:
    """The cell of that number, counted from 0."""
    turn, place = divmod(number, len(TYPESCRIPT))
    cells = PYTHON if language == "python" else TYPESCRIPT
    return cells[place].replace("#", str(turn))
