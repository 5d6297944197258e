# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the stack raises when it cannot go on. The command line prints it and exits 1."""


class StackError(Exception):
    """Something outside this code is missing or broken.

    :param what: one sentence: what happened.
    :param cure: one sentence: what the person reading it does now.
    """

    def __init__(self, what: str, cure: str):
        super().__init__(f"{what} {cure}")
        self.what = what
        self.cure = cure


class CommandFailed(StackError):
    """A program that the stack called ended with a non-zero exit code.

    :param returncode: the exit code.
    :param tail: the last lines the program printed.
    """

    def __init__(self, what: str, cure: str, returncode: int, tail: str):
        super().__init__(what, cure)
        self.returncode = returncode
        self.tail = tail
