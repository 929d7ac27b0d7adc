"""terminal.py -- runs a program on a terminal of its own (a pty) and collects what it writes there."""
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time


class Terminal:
    """A program on a terminal of `columns` by `rows`."""

    def __init__(self, command, columns=80, rows=24, env=None):
        self.output = b""
        self.status = None
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # Until the size is set the program does not start.
            signal.sigwait([signal.SIGUSR1])
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            os.execvpe(command[0], command, dict(os.environ, TERM="xterm", LC_ALL="C.UTF-8", **(env or {})))
        self.resize(columns, rows)
        os.kill(self.pid, signal.SIGUSR1)

    def resize(self, columns, rows):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def send(self, data):
        os.write(self.fd, data)

    def read_until(self, stop, seconds):
        """Reads until stop() is true or the program ends; False when the time is over."""
        end = time.time() + seconds
        while not stop():
            left = end - time.time()
            if left <= 0:
                return False
            if select.select([self.fd], [], [], min(left, 0.2))[0]:
                try:
                    data = os.read(self.fd, 65536)
                except OSError:
                    data = b""
                if not data:
                    return True
                self.output += data
        return True

    def wait_for(self, text, seconds=30):
        """Until `text` has been written behind what was waited for before."""
        start = getattr(self, "seen", 0)
        if not self.read_until(lambda: text in self.output[start:], seconds) or text not in self.output[start:]:
            raise TimeoutError(f"no {text!r} in {self.output[start:]!r}")
        self.seen = self.output.index(text, start) + len(text)

    def finish(self, seconds=60):
        """Until the program ends; its exit status, None if it had to be killed."""
        over = self.read_until(lambda: False, seconds)
        if not over:
            os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        self.status = os.waitstatus_to_exitcode(status) if over else None
        return self.status
