"""Start the service: `python -m orders`."""

import logging
import os
import signal
import sys
import threading

from orders import logs
from orders.server import OrdersServer
from orders.settings import WrongSettings, read

logger = logging.getLogger("orders")


def main() -> int:
    """Serve until SIGTERM or SIGINT, then finish open requests. Return 2 for wrong settings."""
    logs.configure()
    try:
        settings = read(os.environ)
    except WrongSettings as error:
        logger.error("wrong settings", extra={"problems": str(error)})
        return 2
    server = OrdersServer(settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    thread = threading.Thread(target=server.serve_forever, name="accept")
    thread.start()
    logger.info("started", extra={"port": server.server_port, "settings": repr(settings)})
    stop.wait()
    server.draining.set()
    watchdog = threading.Timer(settings.grace, lambda: os._exit(1))
    watchdog.daemon = True
    watchdog.start()
    server.shutdown()
    server.server_close()
    thread.join()
    logger.info("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
