"""Thunderbird without a display, driven by Marionette: scripts run in it with the rights of its own code."""
import contextlib
import json
import os
import socket
import time

import rig as r

# What every script may use. `server` is the account under test; mailboxes have their names on the server (in UTF-8: UTF8=ACCEPT is
# used).
PRELUDE = """
const done = arguments[arguments.length - 1];
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const window = Services.wm.getMostRecentWindow("mail:3pane");
const msgWindow = window.msgWindow;
const until = async (condition, what) => {
  for (const end = Date.now() + 40000;;) {
    const value = condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(what + " did not come true");
    await new Promise(resolve => window.setTimeout(resolve, 50));
  }
};
const server = MailServices.accounts.allServers.find(s => s.username == arguments[0]);
const online = folder => folder.QueryInterface(Ci.nsIMsgImapMailFolder).onlineName;
const folder = name => server.rootFolder.descendants.find(f => online(f) == name);
const found = name => until(() => folder(name), name);
const finished = start => new Promise((resolve, reject) => {
  const settle = status => Components.isSuccessCode(status) ? resolve() : reject(new Error("status " + status.toString(16)));
  start({
    QueryInterface: ChromeUtils.generateQI(["nsIUrlListener", "nsIMsgCopyServiceListener"]),
    OnStartRunningUrl() {}, OnStopRunningUrl(url, status) { settle(status); },
    onStartCopy() {}, onProgress() {}, setMessageKey() {}, getMessageId() {}, onStopCopy(status) { settle(status); },
  });
});
const update = async name => {
  const target = await found(name);
  await finished(listener => target.QueryInterface(Ci.nsIMsgImapMailFolder).updateFolderWithListener(msgWindow, listener));
  return target;
};
const messages = (name, ...subjects) => [...folder(name).messages].filter(m => !subjects.length || subjects.includes(m.mime2DecodedSubject));
"""

# A user's settings: nothing but the servers of the rig is spoken to, and no window asks at the start.
PREFERENCES = {
    "app.update.auto": False,
    "app.donation.eoy.version.viewed": 999,
    "datareporting.healthreport.uploadEnabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.update.enabled": False,
    "mail.biff.play_sound": False,
    "mail.inappnotifications.enabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.rights.version": 1,
    "mail.server.default.autosync_offline_stores": False,
    "mail.server.default.offline_download": False,  # what a search in bodies finds, the server has found
    "mail.shell.checkDefaultClient": False,
    "mail.spotlight.firstRunDone": True,
    "mailnews.auto_config_url": "",
    "mailnews.start_page.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disableIPv6": True,  # the rig listens on 127.0.0.1
    "services.settings.server": "http://127.0.0.1:1/",
    "toolkit.telemetry.enabled": False,
}


class Marionette:
    """Commands and answers are frames `LENGTH:JSON`."""

    def __init__(self, port, alive, seconds=150):
        end = time.monotonic() + seconds
        while True:
            assert alive() and time.monotonic() < end, "Thunderbird does not answer"
            with contextlib.suppress(OSError):
                self.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
                break
            time.sleep(0.1)
        self.received, self.number = b"", 0
        self.receive()  # the greeting

    def receive(self):
        def more():
            piece = self.socket.recv(65536)
            assert piece, "Thunderbird has gone"
            self.received += piece

        while b":" not in self.received:
            more()
        length, _, self.received = self.received.partition(b":")
        while len(self.received) < int(length):
            more()
        frame, self.received = self.received[:int(length)], self.received[int(length):]
        return json.loads(frame)

    def command(self, name, **parameters):
        self.number += 1
        frame = json.dumps([0, self.number, name, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(frame), frame))
        _, _, error, result = self.receive()
        assert error is None, f"{error['error']}: {error['message']}"
        return result

    def run(self, address, code, *arguments):
        """Runs the body of an async function with the account of `address`, and returns what it returns. In it, `given` are the arguments."""
        script = PRELUDE + "const given = Array.prototype.slice.call(arguments, 1, -1);\n(async () => {" + code + "})().then(" \
            "value => done({ value: value === undefined ? null : value }), error => done({ error: `${error} ${error.stack || ''}` }));"
        answer = self.command("WebDriver:ExecuteAsyncScript", script=script, args=[address, *arguments], newSandbox=False)["value"]
        assert "error" not in answer, answer["error"]
        return answer["value"]


@contextlib.contextmanager
def thunderbird(rig):
    """A running Thunderbird that trusts the certificate of the rig and has no account yet."""
    profile, port = os.path.join(rig.folder, "thunderbird"), r.free_ports(1)[0]
    preferences = dict(PREFERENCES, **{"marionette.port": port})
    rig.path("thunderbird/user.js", "".join(f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in preferences.items()))
    environment = dict(os.environ, HOME=rig.folder, XDG_RUNTIME_DIR=rig.folder, MOZ_CRASHREPORTER_DISABLE="1", NO_AT_BRIDGE="1")
    for name in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        environment.pop(name, None)
    command = ["thunderbird", "--headless", "--no-remote", "--profile", profile, "--marionette", "--remote-allow-system-access"]
    log = os.path.join(rig.folder, "thunderbird.log")
    with r.background(command, log, env=environment) as child:
        client = Marionette(port, lambda: child.poll() is None)
        client.command("WebDriver:NewSession", capabilities={})
        client.command("WebDriver:SetTimeouts", script=120_000)
        client.command("Marionette:SetContext", value="chrome")
        with open(rig.certificate) as text:
            certificate = "".join(text.read().splitlines()[1:-1])
        client.run("", """
            await until(() => window?.gTabmail?.currentAbout3Pane?.folderTree, "the window");
            const certificate = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB).constructX509FromBase64(given[0]);
            const trusted = Cc["@mozilla.org/security/certoverride;1"].getService(Ci.nsICertOverrideService);
            for (const port of given[1]) trusted.rememberValidityOverride("localhost", port, {}, certificate, true);""",
                   certificate, [rig.ports["imaps"], rig.ports["submission"]])
        yield client
