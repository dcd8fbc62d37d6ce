"""Messages that read like mail: words of a generated vocabulary, some frequent and most rare, a few kilobytes each, the same in every run."""
import random

SYLLABLES = [c + v + e for c in ("b", "br", "c", "ch", "d", "f", "g", "gr", "h", "l", "m", "n", "p", "pl", "r", "s", "st", "t", "th", "w")
             for v in ("a", "e", "i", "o", "u", "ea") for e in ("", "l", "n", "r", "s", "t")]
FEW = "quixotic"  # in one message of a thousand; no syllable has a q or an x, so chance never makes it
NONE = "zymurgexq"  # in none


def vocabulary(count=20_000, seed=20260101):
    """Words of one to four syllables; the short ones come first and are used most."""
    chance = random.Random(seed)
    words = set()
    while len(words) < count:
        words.add("".join(chance.choice(SYLLABLES) for _ in range(chance.choice((1, 2, 2, 3, 3, 4)))))
    return sorted(words, key=lambda word: (len(word), word))


class Mails:
    """message(n) is the n-th message, about `octets` long with its header."""

    def __init__(self, octets=4096, seed=1):
        self.octets, self.seed, self.words = octets, seed, vocabulary()

    def sentence(self, chance, count):
        text = " ".join(self.words[int(len(self.words) * chance.random() ** 3)] for _ in range(count))
        return text[0].upper() + text[1:]

    def message(self, number):
        chance = random.Random(self.seed * 1_000_003 + number)
        name = self.sentence(chance, 2).title()
        lines = [f"From: {name} <{name.replace(' ', '.').lower()}@example.net>", "To: A Reader <reader@example.org>",
                 f"Subject: {self.sentence(chance, chance.randint(3, 9))}",
                 f"Date: Thu, {number % 28 + 1:02} Jan 2026 {number % 24:02}:{number % 60:02}:00 +0100",
                 f"Message-ID: <{number}.{chance.randrange(10 ** 12)}@example.net>", "MIME-Version: 1.0",
                 "Content-Type: text/plain; charset=utf-8", ""]
        size = sum(len(line) + 2 for line in lines)
        if number % 1000 == 500:
            lines.append(f"This one is {FEW}.")
        while size < self.octets:
            line = ""
            while len(line) < 64:
                line += ("" if not line else " ") + self.sentence(chance, chance.randint(4, 12)) + "."
            line = line[:76].rstrip()
            lines += [line] if chance.random() < 0.85 else [line, ""]
            size += len(line) + 2
        return "\r\n".join(lines).encode() + b"\r\n"
