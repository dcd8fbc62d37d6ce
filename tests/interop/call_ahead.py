"""A fallback MX asks the primary who exists, remembers it, and does without where the primary is down.

The primary is a small server of this file that answers RCPT and writes down whom it was asked for.
"""
import smtplib
import socketserver
import sys
import threading

import rig


class Primary(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, known):
        self.known, self.asked, self.contents = known, [], 0
        super().__init__(("127.0.0.1", 0), Session)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 primary.example")
        sender = None
        for line in self.rfile:
            words = line.decode().strip()
            verb = words[:4].upper()
            if verb == "MAIL":
                sender = words[10:].split()[0]
                self.say("250 2.1.0 ok")
            elif verb == "RCPT":
                address = words[8:].split()[0].strip("<>")
                self.server.asked.append((sender, address))
                self.say("250 2.1.5 ok" if address in self.server.known else "550 5.1.1 no such user")
            elif verb == "DATA":
                self.server.contents += 1
                self.say("451 4.3.0 not in this test")
            elif verb == "QUIT":
                return self.say("221 2.0.0 bye")
            else:
                self.say("250 primary.example" if verb in ("EHLO", "RSET", "NOOP") else "502 5.5.1 no")

    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")


def ask(servers, address):
    """The code of the answer to RCPT, and its text."""
    with smtplib.SMTP("127.0.0.1", servers.ports["mx"], timeout=60) as client:
        client.ehlo("client.example")
        assert client.mail("eve@sender.example")[0] == 250
        code, text = client.rcpt(address)
        return code, text.decode()


def backup(servers, domain, port, when_unknown):
    servers.admin("domain", "add", domain, "--backup", "--next-hop", "[127.0.0.1]", "--port", str(port), "--recipients", "call-ahead",
                  "--when-unknown", when_unknown)


def known_and_unknown(servers, _):
    primary = Primary({"ann@one.example"})
    backup(servers, "one.example", primary.port, "defer")
    for _ in range(2):
        assert ask(servers, "ann@one.example")[0] == 250
        code, text = ask(servers, "gone@one.example")
        assert code == 550 and text.startswith("5.1.1"), (code, text)
    assert primary.asked == [("<>", "ann@one.example"), ("<>", "gone@one.example")], primary.asked
    assert primary.contents == 0
    primary.close()
    # What was learnt holds while the primary is down.
    assert ask(servers, "ann@one.example")[0] == 250
    assert ask(servers, "gone@one.example")[0] == 550
    code, text = ask(servers, "new@one.example")
    assert code == 451 and text.startswith("4.4.1"), (code, text)


def primary_down_defer(servers, _):
    backup(servers, "two.example", rig.free_ports(1)[0], "defer")
    code, text = ask(servers, "ann@two.example")
    assert code == 451 and text.startswith("4.4.1"), (code, text)


def primary_down_accept(servers, _):
    backup(servers, "three.example", rig.free_ports(1)[0], "accept")
    assert ask(servers, "ann@three.example")[0] == 250


if __name__ == "__main__":
    # Checks of the client that would ask the DNS are another test's business.
    sys.exit(rig.main([known_and_unknown, primary_down_defer, primary_down_accept],
                      extra="[mx]\ncheck_dns = false\ngreet_delay_milliseconds = 0\n[queue]\nfirst_retry_seconds = 3600\n"))
