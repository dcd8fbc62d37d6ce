"""Checked-in lists of differences that are known, each with its reason.

A list has two kinds of lines. `[word] text` names a reason (the text may go on in lines that begin with a space).
`word | difference` accepts one difference, exactly as the comparison prints it. What is not listed fails, and so does
what is listed and no longer there.
"""
import sys


class Accepted:
    def __init__(self, path):
        self.path, self.reasons, self.lines = path, {}, {}
        if path is not None:
            with open(path, encoding="utf-8") as text:
                self.read(text)

    def read(self, text):
        word = None
        for number, line in enumerate(text, 1):
            line = line.rstrip("\n")
            if not line or line.startswith("#"):
                continue
            if line.startswith("["):
                word, _, reason = line[1:].partition("]")
                self.reasons[word] = reason.strip()
            elif line.startswith(" ") and word:
                self.reasons[word] += " " + line.strip()
            else:
                word, bar, difference = line.partition(" | ")
                if not bar or word not in self.reasons:
                    sys.exit(f"{self.path}:{number}: no reason [{word}] stands above this line")
                if difference in self.lines:
                    sys.exit(f"{self.path}:{number}: stands here twice")
                self.lines[difference] = word
                word = None

    def judge(self, found):
        """Prints what is not accepted and what vanished; the counts of (accepted, unexpected, vanished)."""
        unexpected = [d for d in found if d not in self.lines]
        vanished = sorted(set(self.lines) - set(found))
        for difference in unexpected:
            print("? | " + difference)
        for difference in vanished:
            print(f"gone: {self.lines[difference]} | {difference}")
        for word in sorted(set(self.reasons) - set(self.lines.values())):
            print(f"gone: nothing has the reason [{word}]")
            vanished.append(word)
        return len(found) - len(unexpected), len(unexpected), len(vanished)


def shown(value, room=72):
    """A value in one line of bounded length, without anything that ends a line."""
    text = repr(value)
    return text if len(text) <= room else f"{text[:room - 12]}...({len(text)})"
