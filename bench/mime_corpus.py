"""The corpus of bench/mime: some thousand messages as people get them, the same ones in each run, and inputs made to hurt."""
import base64
import quopri
import random
import struct

WORDS = {
    "en": "the of and to in we will meeting report please find attached draft budget next week agenda thanks for your patience invoice "
          "project release server mailbox update would like review comments before Friday afternoon schedule customer order shipped".split(),
    "de": "der die und wir für über können müssen Straße Grüße Rechnung Besprechung nächste Woche bitte prüfen Entwurf Änderungen "
          "Vielen Dank Übersicht Angebot größer schön Anhang Schlüssel".split(),
    "fr": "le la les de réunion été où très déjà équipe facture reçu prochaine semaine merci pièce jointe élève château français "
          "numéro problème détails à bientôt".split(),
    "ru": "и в не на что встреча отчёт пожалуйста приложение неделя проект сервер письмо спасибо ответ вопрос заказ счёт документ "
          "обновление пользователь".split(),
    "ja": "会議 資料 添付 来週 よろしく お願い します 報告 書類 東京 大阪 予定 確認 ください 株式会社 担当 メール 返信 ありがとう ございます".split(),
    "zh": "会议 报告 附件 下周 请 查收 谢谢 项目 服务器 更新 用户 订单 发票 中文 北京 上海 联系 回复".split(),
    "ko": "회의 보고서 첨부 다음 주 확인 부탁 감사 합니다 서울 주문 서버 메일 답장".split(),
    "el": "η συνάντηση έκθεση παρακαλώ εβδομάδα ευχαριστώ έργο διακομιστής μήνυμα τιμολόγιο".split(),
}
# language, charsets that mail in it uses, encodings
STYLES = [("en", ["us-ascii", "us-ascii", "utf-8"], ["7bit", "7bit", "quoted-printable"]),
          ("de", ["iso-8859-1", "utf-8", "windows-1252", "iso-8859-15"], ["quoted-printable", "quoted-printable", "8bit"]),
          ("fr", ["iso-8859-1", "utf-8", "windows-1252"], ["quoted-printable", "8bit"]),
          ("ru", ["koi8-r", "windows-1251", "utf-8"], ["8bit", "base64", "quoted-printable"]),
          ("ja", ["iso-2022-jp", "utf-8", "shift_jis", "euc-jp"], ["7bit", "base64"]),
          ("zh", ["gb18030", "utf-8", "big5", "gb2312"], ["base64", "base64", "quoted-printable"]),
          ("ko", ["euc-kr", "utf-8"], ["base64"]), ("el", ["iso-8859-7", "utf-8"], ["quoted-printable", "base64"])]
SHARES = [50, 14, 8, 10, 9, 4, 3, 2]
CRLF = b"\r\n"


class Writer:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.number = 0

    def style(self):
        language, charsets, encodings = self.r.choices(STYLES, SHARES)[0]
        charset = self.r.choice(charsets)
        encoding = self.r.choice(encodings)
        if charset == "iso-2022-jp":
            encoding = "7bit"
        elif encoding == "7bit" and (language != "en" or charset != "us-ascii"):
            encoding = "base64"
        return language, charset, encoding

    def sentence(self, language, count):
        joint = "" if language in ("ja", "zh") else " "
        return joint.join(self.r.choices(WORDS[language], k=count))

    def text(self, language, octets):
        out, size = [], 0
        while size < octets:
            line = self.sentence(language, self.r.randint(6, 12))
            out.append(line + "\r\n" + ("\r\n" if self.r.random() < 0.15 else ""))
            size += len(line) + 2
        return "".join(out)

    def word(self, language, charset, text):
        """Text as an encoded word, or plain where it needs none."""
        octets = text.encode(charset, "replace")
        if charset == "us-ascii":
            return octets
        if self.r.random() < 0.5:
            return b"=?%s?B?%s?=" % (charset.encode(), base64.b64encode(octets))
        return b"=?%s?Q?%s?=" % (charset.encode(), b"".join(b"_" if c == 32 else bytes([c]) if 48 <= c < 58 or 65 <= c < 91 or 97 <= c < 123
                                                           else b"=%02X" % c for c in octets))

    def words(self, language, charset, count):
        """A header value of some encoded words, folded."""
        if charset == "us-ascii":
            return self.sentence(language, count).encode("ascii")
        return b"\r\n ".join(self.word(language, charset, self.sentence(language, 3)) for _ in range(max(1, count // 3)))

    def mailbox(self, language, charset):
        address = b"%s.%s@%s.example" % (self.r.choice(WORDS["en"]).lower().encode(), self.r.choice(WORDS["en"]).lower().encode(),
                                         self.r.choice([b"mail", b"corp", b"lists", b"uni"]))
        kind = self.r.random()
        if kind < 0.15:
            return address
        if kind < 0.4 or charset == "us-ascii":
            return b'"%s, %s" <%s>' % (self.r.choice(WORDS["en"]).title().encode(), self.r.choice(WORDS["en"]).title().encode(), address)
        return self.word(language, charset, self.sentence(language, 2)) + b" <" + address + b">"

    def date(self):
        return b"%s, %02d %s 20%02d %02d:%02d:%02d %s" % (
            self.r.choice([b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"]), self.r.randint(1, 28),
            self.r.choice([b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Sep", b"Dec"]), self.r.randint(10, 26), self.r.randint(0, 23),
            self.r.randint(0, 59), self.r.randint(0, 59), self.r.choice([b"+0000", b"+0200", b"-0700 (PDT)", b"+0900", b"GMT"]))

    def id(self):
        self.number += 1
        return b"<%d.%x@mail%d.example>" % (self.number, self.r.getrandbits(64), self.r.randint(1, 20))

    def trace(self, hops):
        out = []
        for hop in range(hops):
            out.append(b"Received: from mx%d.example.net (mx%d.example.net [192.0.2.%d])\r\n\tby in%d.example.org (Postfix) with ESMTPS id %X\r\n\t"
                       b"for <user@example.org>; %s" % (hop, hop, self.r.randint(1, 254), hop, self.r.getrandbits(40), self.date()))
        if hops > 2:
            signature = base64.b64encode(self.r.randbytes(256)).decode()
            folded = "\r\n\t ".join(signature[at:at + 66] for at in range(0, len(signature), 66)).encode()
            out.append(b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.net; s=s2024;\r\n\th=from:to:subject:date:message-id:mime-version;\r\n\t"
                       b"bh=%s;\r\n\tb=%s" % (base64.b64encode(self.r.randbytes(32)), folded))
            out.append(b"Authentication-Results: in.example.org;\r\n\tdkim=pass header.d=example.net header.s=s2024;\r\n\tspf=pass smtp.mailfrom=example.net;"
                       b"\r\n\tdmarc=pass (p=none) header.from=example.net")
        return out

    def header(self, hops, listed=False):
        language, charset, _ = self.style()
        fields = self.trace(hops)
        fields += [b"From: " + self.mailbox(language, charset),
                   b"To: " + b",\r\n ".join(self.mailbox(language, charset) for _ in range(self.r.choice([1, 1, 1, 2, 3, 8]))),
                   b"Subject: " + (b"[list] " if listed else b"") + self.words(language, charset, self.r.randint(3, 9)),
                   b"Date: " + self.date(), b"Message-ID: " + self.id(), b"MIME-Version: 1.0"]
        if self.r.random() < 0.5:
            fields += [b"References: " + b"\r\n ".join(self.id() for _ in range(self.r.randint(1, 8))), b"In-Reply-To: " + self.id()]
        if self.r.random() < 0.3:
            fields.append(b"Cc: " + b", ".join(self.mailbox(language, charset) for _ in range(3)))
        if listed:
            fields += [b"List-Id: The list <list.lists.example>", b"List-Unsubscribe: <https://lists.example/u>,\r\n <mailto:list-request@lists.example>",
                       b"List-Post: <mailto:list@lists.example>", b"Precedence: bulk", b"Sender: list-bounces@lists.example",
                       b"X-Mailer: Mail/%d.%d" % (self.r.randint(1, 9), self.r.randint(0, 99))]
        return fields

    def encoded(self, octets, encoding):
        if encoding == "base64":
            return base64.encodebytes(octets).replace(b"\n", CRLF)
        if encoding == "quoted-printable":
            return quopri.encodestring(octets.replace(CRLF, b"\n")).replace(b"\n", CRLF)
        return octets

    def text_part(self, octets, html=False):
        language, charset, encoding = self.style()
        text = self.text(language, octets)
        if html:
            row = '<tr><td style="padding:0 12px;font-family:Arial,sans-serif"><a href="https://news.example/click?id=%x">%s</a></td></tr>\r\n'
            text = "<html><body><table>\r\n" + "".join(row % (self.r.getrandbits(128), line) for line in text.split("\r\n")) + "</table></body></html>\r\n"
            encoding = "quoted-printable" if encoding in ("7bit", "8bit") and charset != "iso-2022-jp" else encoding
        return ([b"Content-Type: text/%s; charset=\"%s\"%s" % (b"html" if html else b"plain", charset.encode(),
                                                               b"; format=flowed" if not html and self.r.random() < 0.2 else b""),
                 b"Content-Transfer-Encoding: " + encoding.encode()], self.encoded(text.encode(charset, "replace"), encoding))

    def file_part(self, octets, kind=None):
        language, charset, _ = self.style()
        kind = kind or self.r.choice([b"application/pdf", b"image/jpeg", b"application/zip", b"application/vnd.ms-excel"])
        name = b"filename=\"report-%d.pdf\"" % self.r.randint(1, 999)
        if charset != "us-ascii" and self.r.random() < 0.5:
            raw = self.sentence(language, 4).encode("utf-8")
            half = len(raw) // 2
            quoted = ["".join("%%%02X" % c for c in piece).encode() for piece in (raw[:half], raw[half:])]
            name = b"filename*0*=utf-8''%s;\r\n filename*1*=%s" % tuple(quoted)
        return ([b"Content-Type: %s" % kind, b"Content-Transfer-Encoding: base64", b"Content-Disposition: attachment;\r\n " + name],
                self.encoded(self.r.randbytes(octets), "base64"))

    def multipart(self, kind, parts, preamble=b""):
        boundary = b"----=_Part_%d_%x" % (self.r.randint(1, 9999), self.r.getrandbits(80))
        body = preamble + b"".join(b"--" + boundary + CRLF + self.joined(*part) + CRLF for part in parts) + b"--" + boundary + b"--\r\n"
        return [b"Content-Type: multipart/%s;\r\n boundary=\"%s\"" % (kind, boundary)], body

    @staticmethod
    def joined(fields, body):
        return CRLF.join(fields) + (CRLF if fields else b"") + CRLF + body

    def message(self, part, hops=None, listed=False):
        return self.joined(self.header(self.r.choice([1, 2, 3, 4, 6]) if hops is None else hops, listed) + part[0], part[1])

    def size(self, least, most):
        """Sizes are spread over orders of magnitude."""
        return int(least * (most / least) ** self.r.random())

    # The kinds of messages.

    def note(self):
        return self.message(self.text_part(self.size(300, 12_000)))

    def list_mail(self):
        return self.message(self.text_part(self.size(500, 20_000)), hops=self.r.randint(5, 14), listed=True)

    def newsletter(self):
        html = self.text_part(self.size(1_500, 20_000), html=True)
        if self.r.random() < 0.4:
            pictures = [([b"Content-Type: image/png", b"Content-Transfer-Encoding: base64", b"Content-ID: " + self.id(), b"Content-Disposition: inline"],
                         self.encoded(self.r.randbytes(self.size(2_000, 60_000)), "base64")) for _ in range(self.r.randint(1, 4))]
            html = self.multipart(b"related", [html] + pictures)
        return self.message(self.multipart(b"alternative", [self.text_part(self.size(800, 8_000)), html]), hops=4, listed=True)

    def attachment(self, least, most):
        parts = [self.text_part(self.size(200, 3_000))] + [self.file_part(self.size(least, most)) for _ in range(self.r.choice([1, 1, 2, 3]))]
        return self.message(self.multipart(b"mixed", parts, b"This is a multi-part message in MIME format.\r\n"))

    def forward(self, depth):
        inside = self.note() if depth == 0 else self.forward(depth - 1)
        return self.message(self.multipart(b"mixed", [self.text_part(400), ([b"Content-Type: message/rfc822"], inside)]))

    def digest(self):
        return self.message(self.multipart(b"mixed", [self.text_part(800), self.multipart(
            b"digest", [([], self.message(self.text_part(self.size(300, 4_000)), hops=0)) for _ in range(self.r.randint(5, 30))])]), listed=True)

    def report(self):
        status = (b"Reporting-MTA: dns; mx.example.net\r\n\r\nFinal-Recipient: rfc822; user@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n")
        return self.message(self.multipart(b"report; report-type=delivery-status", [
            self.text_part(900), ([b"Content-Type: message/delivery-status"], status), ([b"Content-Type: message/rfc822"], self.note())]))

    def signed(self):
        return self.message(self.multipart(b"signed; micalg=sha-256;\r\n protocol=\"application/pkcs7-signature\"", [
            self.text_part(self.size(500, 8_000)), self.file_part(3_000, b"application/pkcs7-signature; name=smime.p7s")]))

    def all(self):
        kinds = [(1300, self.note), (900, self.list_mail), (700, self.newsletter), (300, lambda: self.attachment(10_000, 120_000)),
                 (24, lambda: self.attachment(120_000, 5_000_000)), (120, lambda: self.forward(self.r.randint(0, 4))), (60, self.digest),
                 (120, self.report), (100, self.signed)]
        for count, kind in kinds:
            for _ in range(count):
                yield kind()


def write(path, extra=()):
    """Writes the corpus, with `extra` messages at its end; returns (messages, octets)."""
    count = octets = 0
    with open(path, "wb") as out:
        for messages in (Writer(20_260).all(), extra):
            for message in messages:
                out.write(struct.pack("<Q", len(message)) + message)
                count, octets = count + 1, octets + len(message)
    return count, octets


def _multiparts(n):
    head = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(n))
    return head + b"\r\nx\r\n" + b"".join(b"--b%d--\r\n" % i for i in reversed(range(n)))


def _continuations(n):
    order = list(range(n))
    random.Random(1).shuffle(order)
    return b"Content-Type: text/plain" + b"".join(b";\r\n name*%d=x" % i for i in order) + b"\r\n\r\n"


def _delimiters_in_leaf(n):
    """Lines that begin as the delimiters of a hundred multiparts around them."""
    head = b"".join(b"Content-Type: multipart/mixed; boundary=%s\r\n\r\n--%s\r\n" % ((b"b" * (i + 1),) * 2) for i in range(98))
    return head + b"\r\n" + b"--bx\r\n" * n


# name -> (what makes it of a size, the largest size)
HOSTILE = {
    "empty-headers": (lambda n: b"X:\r\n" * n + b"\r\n", 1_000_000),
    "no-colon-lines": (lambda n: b"X\r\n" * n + b"\r\n", 1_000_000),
    "one-long-folded-header": (lambda n: b"Subject: x" + b"\r\n y" * n + b"\r\n\r\n", 1_000_000),
    "boundaries": (lambda n: b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n" * n + b"--b--\r\n", 1_000_000),
    "almost-boundaries": (lambda n: b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" + b"--bb\r\n" * n + b"--b--\r\n", 1_000_000),
    "nested-multiparts": (_multiparts, 100_000),
    "nested-messages": (lambda n: b"Content-Type: message/rfc822\r\n\r\n" * n, 100_000),
    "nested-dashes": (lambda n: _multiparts(100)[:-900] + b"--b\r\n" * n, 1_000_000),
    "delimiters-in-a-leaf": (_delimiters_in_leaf, 1_000_000),
    "one-line": (lambda n: b"Subject: x\r\n\r\n" + b"x" * n, 100_000_000),
    "one-header-line": (lambda n: b"Subject: " + b"x" * n + b"\r\n\r\n", 100_000_000),
    "continuations": (_continuations, 100_000),
    "same-continuations": (lambda n: b"Content-Disposition: attachment" + b"; filename*0*=utf-8''%41" * n + b"\r\n\r\n", 1_000_000),
    "parameters": (lambda n: b"Content-Type: text/plain" + b"; a=b" * n + b"\r\n\r\n", 1_000_000),
    "encoded-words": (lambda n: b"Subject:" + b" =?utf-8?Q?=C3=A4?=\r\n" * n + b"\r\n", 1_000_000),
    "half-encoded-words": (lambda n: b"Subject:" + b" =?utf-8?Q?" * n + b"\r\n\r\n", 1_000_000),
    "addresses": (lambda n: b"To: " + b"a@b,\r\n " * n + b"c@d\r\n\r\n", 1_000_000),
    "nested-comments": (lambda n: b"To: a@b " + b"(" * n + b")" * n + b"\r\n\r\n", 1_000_000),
    "open-quotes": (lambda n: b"To: " + b'"\\' * n + b"\r\n\r\n", 1_000_000),
    "soft-breaks": (lambda n: b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=\r\n \t" * n, 4_000_000),
    "spaces-at-line-ends": (lambda n: b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b" " * n, 16_000_000),
}
