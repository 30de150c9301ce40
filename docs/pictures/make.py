"""Takes the README's pictures anew, from the sample days, with Debian's Chromium: `make pictures`.

Left the mail as it lies in the demo's Maildir, right the front page on a phone; once in light, once in dark.
"""

from __future__ import annotations

import email
import email.policy
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
SIZE = (1180, 980)
FRAME = """<!doctype html><meta charset="utf-8"><style>
:root {{ color-scheme: light dark }}
body {{ margin: 0; padding: 24px; display: flex; gap: 24px; background: light-dark(#eceef1, #0d0f12) }}
iframe {{ border: 0; border-radius: 6px; height: 932px; background: light-dark(#fffffe, #16181c) }}
</style><iframe src="{mail}" width="720"></iframe><iframe src="{page}" width="388"></iframe>"""
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]
LOOKS = {"light": (), "dark": ("--blink-settings=preferredColorScheme=0",)}


def main() -> int:
    """Run the demo, lay mail and page side by side, take both pictures; 1 when there is no Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stderr.write("no chromium: on Debian, apt install chromium\n")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        demo = Path(folder) / "demo"
        subprocess.run([sys.executable, "-m", "digest", "demo", str(demo)], check=True, stdout=subprocess.DEVNULL)
        mail = Path(folder) / "mail.html"
        mail.write_text(html_of(largest(demo / "mail" / "new")), encoding="utf-8")
        frame = Path(folder) / "frame.html"
        frame.write_text(FRAME.format(mail=mail.as_uri(), page=(demo / "public" / "index.html").as_uri()))
        for look, flags in LOOKS.items():
            profile = Path(folder) / look
            picture = [f"--screenshot={HERE / look}.png", f"--window-size={SIZE[0]},{SIZE[1]}", frame.as_uri()]
            command = [chromium, *QUIET, *flags, f"--user-data-dir={profile}", *picture]
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL, timeout=60)
    return 0


def largest(folder: Path) -> Path:
    """The mail with the most papers."""
    return max(folder.iterdir(), key=lambda path: path.stat().st_size)


def html_of(path: Path) -> str:
    """The HTML part of a mail."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = message.get_body(("html",))
    return str(body.get_content()) if body else ""


sys.exit(main())
