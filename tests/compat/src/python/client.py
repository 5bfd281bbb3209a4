"""A python-socketio client that tells what it hears, one JSON line each, and does what it is told, one JSON line each."""

import asyncio
import json
import sys
import threading

import socketio

options = json.loads(sys.argv[1])
# Held while a line is written: the sync client calls handlers on threads of its own.
out = threading.Lock()


def tell(event, *args):
    with out:
        print(json.dumps({"event": event, "args": args}), flush=True)


def connect_options():
    return {
        "auth": {"token": options["token"]},
        "transports": options["transports"],
        "namespaces": [options["namespace"]],
        "wait_timeout": 5,
    }


def client_options():
    return {"reconnection_delay": 0.05, "reconnection_delay_max": 0.1}


def run_sync():
    client = socketio.Client(**client_options())
    namespace = options["namespace"]
    client.on("connect", lambda: tell("#connect"), namespace=namespace)
    client.on("disconnect", lambda: tell("#disconnect"), namespace=namespace)
    client.on("connect_error", lambda data=None: tell("#connect_error", data), namespace=namespace)
    client.on("*", lambda event, *args: tell(event, *args), namespace=namespace)
    try:
        client.connect(options["url"], **connect_options())
    except socketio.exceptions.ConnectionError:
        return
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "transport":
            tell("#transport", client.transport())
        elif command["do"] == "call":
            client.emit(command["event"], command["data"], namespace=namespace, callback=lambda *args: tell("#ack", *args))
        else:
            client.emit(command["event"], command["data"], namespace=namespace)
    client.disconnect()


async def run_async():
    client = socketio.AsyncClient(**client_options())
    namespace = options["namespace"]

    def on(event, handler):
        client.on(event, handler, namespace=namespace)

    async def on_connect():
        tell("#connect")

    async def on_disconnect():
        tell("#disconnect")

    async def on_error(data=None):
        tell("#connect_error", data)

    async def on_any(event, *args):
        tell(event, *args)

    for event, handler in (("connect", on_connect), ("disconnect", on_disconnect), ("connect_error", on_error), ("*", on_any)):
        on(event, handler)
    try:
        await client.connect(options["url"], **connect_options())
    except socketio.exceptions.ConnectionError:
        return
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command = json.loads(line)
        if command["do"] == "transport":
            tell("#transport", client.transport())
        elif command["do"] == "call":
            await client.emit(command["event"], command["data"], namespace=namespace, callback=lambda *args: tell("#ack", *args))
        else:
            await client.emit(command["event"], command["data"], namespace=namespace)
    await client.disconnect()


if options["mode"] == "sync":
    run_sync()
else:
    asyncio.run(run_async())
