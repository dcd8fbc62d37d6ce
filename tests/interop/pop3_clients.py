#!/usr/bin/env python3
"""Reading with real clients over POP3: curl, fetchmail, getmail6, Python's poplib."""
import os
import poplib
import sys

import rig as r
from mail import append, fetch_all, getmail, insecure


def curl_pop3s(rig, address):
    append(rig, address, 2, body=".dot\r\n")
    base = f"pop3s://localhost:{rig.ports['pop3s']}"
    login = ["-sS", "-k", "-u", f"{address}:{r.PASSWORD}"]
    assert "1 " in r.run(["curl", *login, base + "/"]).stdout
    text = r.run(["curl", *login, base + "/1"]).stdout
    assert "Subject: number 0" in text and text.replace("\r", "").endswith("\n.dot\n"), text
    starttls = r.run(["curl", "-sS", "-k", "--ssl-reqd", "-u", f"{address}:{r.PASSWORD}", f"pop3://localhost:{rig.ports['pop3']}/2"]).stdout
    assert "Subject: number 1" in starttls
    wrong = r.run(["curl", "-sS", "-k", "-u", f"{address}:wrong", base + "/"], check=False)
    assert wrong.returncode == 67, wrong.stdout  # curl: login denied


def fetchmail_pop3(rig, address):
    append(rig, address, 3)
    out = rig.path("fetchmail-pop3.mbox")
    config = rig.path("fetchmail-pop3.rc", f"""poll localhost with proto POP3 service {rig.ports['pop3']} user "{address}" there with password "{r.PASSWORD}" """
                      f"""sslproto "TLS1.2+" no sslcertck no keep fetchall mda "cat >> {out}"\n""")
    r.run(["fetchmail", "-f", config, "--pidfile", rig.path("fetchmail-pop3.pid"), "-N", "--nosyslog"], env=dict(os.environ, HOME=rig.folder))
    assert open(out).read().count("Subject: number") == 3
    assert fetch_all(rig, address) == [], "fetchmail deleted them"


def getmail_pop3(rig, address):
    append(rig, address, 3)
    home, get = getmail(rig, address, "getmail", "SimplePOP3SSLRetriever", rig.ports["pop3s"])
    get()
    assert len(os.listdir(home + "/md/new")) == 3
    append(rig, address, 1)
    get()
    assert len(os.listdir(home + "/md/new")) == 4, "UIDL changed: old messages came again"


def python_poplib(rig, address):
    append(rig, address, 3)
    client = poplib.POP3_SSL("127.0.0.1", rig.ports["pop3s"], context=insecure(), timeout=20)
    assert "UIDL" in client.capa() and "TOP" in client.capa()
    client.user(address)
    client.pass_(r.PASSWORD)
    assert client.stat()[0] == 3
    uids = [line.split()[1] for line in client.uidl()[1]]
    assert len(set(uids)) == 3
    assert client.top(1, 0)[1][-1] == b"" or b"Subject: number 0" in client.top(1, 0)[1]
    client.dele(2)
    client.quit()
    client = poplib.POP3("127.0.0.1", rig.ports["pop3"], timeout=20)
    client.stls(context=insecure())
    client.user(address)
    client.pass_(r.PASSWORD)
    assert [line.split()[1] for line in client.uidl()[1]] == [uids[0], uids[2]], "UIDL is stable for ever"
    client.quit()
    assert len(fetch_all(rig, address)) == 2


if __name__ == "__main__":
    sys.exit(r.main([curl_pop3s, fetchmail_pop3, getmail_pop3, python_poplib]))
