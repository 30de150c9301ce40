"""A mail server that accepts all and keeps nothing, and thinks about each reply for a while.

sink.py SECONDS      prints its port, serves until its standard input is closed

Postfix's smtp-sink can wait too, but whole seconds only.
"""

from __future__ import annotations

import asyncio
import sys

REPLIES = {b"EHLO": "250 sink", b"DATA": "354 go on", b"QUIT": "221 bye"}


async def main(seconds: float) -> None:
    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(words: str) -> None:
            await asyncio.sleep(seconds)
            writer.write(words.encode() + b"\r\n")

        await say("220 sink")
        while line := await reader.readline():
            verb = line[:4].upper()
            await say(REPLIES.get(verb, "250 fine"))
            if verb == b"DATA":
                while await reader.readline() not in (b".\r\n", b""):
                    pass
                await say("250 kept nowhere")
        writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
