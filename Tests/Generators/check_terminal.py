"""Checks how the program reads and leaves a real terminal: check_terminal.py PARE [NAME…].

Each check runs the program in a pseudo-terminal, some of them under an interactive shell, with a small model of its own. Prints a line
for each; exit 1 where one failed. Needs a POSIX system with bash; nothing is written outside of a temporary folder."""
import fcntl, json, os, pty, re, select, shutil, signal, struct, subprocess, sys, tempfile, termios, time

PARE = os.path.abspath(sys.argv[1])
FOLDER = tempfile.mkdtemp(prefix="pare-terminal-")
MODEL = os.path.join(FOLDER, "model.safetensors")


def make_model(path=MODEL, width=64):
    count = width * width
    header = json.dumps({"fc": {"dtype": "F32", "shape": [width, width], "data_offsets": [0, count * 4]}}).encode()
    header += b" " * (-len(header) % 8)
    values = struct.pack("<101f", *[(index * 37 % 101 - 50) / 50 for index in range(101)])
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header + (values * (count // 101 + 1))[:count * 4])


class Terminal:
    """A pseudo-terminal with a program in it. `answers` says whether it tells what it is when asked, as real ones do."""

    def __init__(self, *command, answers=False, shell=False):
        self.seen, self.answers, self.answered = b"", answers, 0
        self.home = tempfile.mkdtemp(dir=FOLDER)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(self.home)
            environment = dict(os.environ, HOME=self.home, TERM="xterm-256color", LANG="C.UTF-8", PS1="SHELL> ", HISTFILE="/dev/null",
                               XDG_STATE_HOME=self.home + "/state", XDG_CONFIG_HOME=self.home + "/config")
            command = ("bash", "--norc", "--noprofile", "-i") if shell else command
            os.execvpe(command[0], command, environment)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))

    def read(self, seconds):
        """Reads for a time; False where the terminal was closed."""
        end = time.time() + seconds
        while (left := end - time.time()) > 0:
            if not select.select([self.fd], [], [], min(left, 0.02))[0]: continue
            try: piece = os.read(self.fd, 65536)
            except OSError: return False
            if not piece: return False
            self.seen += piece
            while self.answers and self.answered < self.seen.count(b"\x1b[c"):
                self.answered += 1
                os.write(self.fd, b"\x1b[?62;4c")
        return True

    def until(self, text, seconds=30):
        """Reads until bytes were seen, and a moment longer, so that all is drawn."""
        end = time.time() + seconds
        while text not in self.seen and time.time() < end: self.read(0.05)
        assert text in self.seen, f"{text!r} was not seen in {seconds} s; the end of what was: {self.seen[-100:]!r}"
        self.read(0.3)

    def send(self, text, then=0.15):
        os.write(self.fd, text if isinstance(text, bytes) else text.encode())
        self.read(then)

    def status(self, seconds=10):
        """The exit status of what runs in it, once it has ended."""
        end = time.time() + seconds
        while time.time() < end:
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid: return status
        raise AssertionError(f"still runs after {seconds} s")

    def close(self):
        for number in (signal.SIGKILL,):
            try: os.killpg(self.pid, number)
            except OSError: pass
        os.close(self.fd)
        try: os.waitpid(self.pid, 0)
        except OSError: pass


def explorer(*arguments, **options):
    terminal = Terminal(PARE, MODEL, *arguments, **options)
    terminal.until(b"fc")
    return terminal


def in_shell(**options):
    """An interactive shell that runs the explorer; and the explorer's process."""
    terminal = Terminal(shell=True, **options)
    terminal.until(b"SHELL> ")
    terminal.send(f"{PARE} {MODEL}\r")
    terminal.until(b"fc")
    child = int(subprocess.check_output(["pgrep", "-P", str(terminal.pid)]).split()[0])
    return terminal, child


def after_prompt(terminal):
    """What the terminal shows behind the shell's last prompt."""
    terminal.read(0.5)
    return terminal.seen[terminal.seen.rfind(b"SHELL>") + 6:]


def gone(pid, seconds=8):
    end = time.time() + seconds
    while time.time() < end:
        try: state = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0]
        except OSError: return True
        if state == "Z": return True
        time.sleep(0.05)
    return False


def quits():
    for answers in (False, True):
        terminal = explorer(answers=answers)
        start = time.time()
        terminal.send("q", 0)
        assert terminal.status() == 0
        assert time.time() - start < 3, "leaving took seconds"
        assert b"\x1b[?1049l" in terminal.seen and b"\x1b[?1002l" in terminal.seen


def ends_on_signals():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        terminal = explorer()
        os.kill(terminal.pid, number)
        assert terminal.status() == 0, number


def ends_with_the_terminal():
    terminal = explorer()
    os.close(terminal.fd)
    assert gone(terminal.pid), "runs on without a terminal"
    assert os.waitpid(terminal.pid, 0)[1] == 0


def leaving_while_it_saves():
    """The explorer after `q`, its screen left, while it still writes a large file; with the names of what is written by now."""
    large = os.path.join(FOLDER, "large.safetensors")
    make_model(large, 4096)
    terminal = Terminal(PARE, large)
    terminal.until(b"fc")
    terminal.send("4jj", 0.5)
    terminal.send("=16\r", 1)
    terminal.send("X\r", 0)
    mark = len(terminal.seen)
    terminal.send("qd", 0)
    end = time.time() + 30
    while b"\x1b[?1049l" not in terminal.seen[mark:] and time.time() < end: terminal.read(0.005)
    assert b"\x1b[?1049l" in terminal.seen[mark:], "the screen was not left"

    def written():
        places = [(place, name) for place in (FOLDER, terminal.home) for name in os.listdir(place) if name.endswith(".pare")]
        return [os.path.join(*place) for place in places]

    assert not written(), "written too soon for this to say anything"
    return terminal, written


def saves_without_the_terminal():
    """What is being written when the program is left is written whole, though the terminal goes away meanwhile."""
    terminal, written = leaving_while_it_saves()
    os.close(terminal.fd)
    status = os.waitpid(terminal.pid, 0)[1]
    assert status == 0, f"status {status:#x}"
    assert written(), "the file was lost"
    os.remove(written()[0])


def saves_though_asked_to_end():
    """So it is though the program is asked to end meanwhile, once; asked twice, it ends at once and leaves nothing half written."""
    terminal, written = leaving_while_it_saves()
    os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.status(30) == 0
    assert written(), "the file was lost"
    os.remove(written()[0])
    terminal, written = leaving_while_it_saves()
    os.kill(terminal.pid, signal.SIGTERM)
    os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.status(30) in (0, 143 << 8)
    for path in written(): os.remove(path)
    terminal, written = leaving_while_it_saves()
    os.kill(terminal.pid, signal.SIGINT)
    status = os.waitpid(terminal.pid, 0)[1]
    assert status in (0, signal.SIGINT), f"status {status:#x}"
    for path in written(): os.remove(path)


def paste_without_end():
    for keys in (["\x03"], ["\x1b"], ["j", "4", "\x1b", "\x03"], []):
        terminal = explorer()
        terminal.send("\x1b[200~hello", 0.5)
        for key in keys: terminal.send(key, 0.3)
        if not keys: terminal.read(3)
        terminal.send("q", 0)
        assert terminal.status() == 0, keys


def large_and_binary_pastes():
    for content in (b"a" * 3_000_000, bytes(range(256)).replace(b"\x1b", b"") * 400, b"\n" * 10_000, "漢é\u0301".encode() * 5_000):
        for before in ("", "/", ":"):
            terminal = explorer()
            terminal.send(before)
            text = b"\x1b[200~" + content + b"\x1b[201~"
            while text:
                terminal.read(0)
                if select.select([], [terminal.fd], [], 0.1)[1]: text = text[os.write(terminal.fd, text[:2048]):]
                terminal.read(0.0005)
            for _ in range(3): terminal.send("\x1b", 0.3)
            start = time.time()
            terminal.send("q", 0)
            try: assert terminal.status(30) == 0
            except AssertionError as error: raise AssertionError(f"{error}: {content[:8]} behind {before!r}") from None


def split_sequences():
    report = b"\x1b[<65;30;8M"
    for cut in range(1, len(report)):
        terminal = explorer()
        terminal.send("/", 0.4)
        terminal.send(report[:cut], 0.06)
        mark = len(terminal.seen)
        terminal.send(report[cut:], 0.4)
        typed = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", terminal.seen[mark:])
        assert not re.search(rb"[<;]|30;8", typed), (cut, typed)
        terminal.close()


def wheel_at_exit():
    """The wheel turns while the program ends; the terminal sends reports until it has seen that they are off, `latency` later."""
    for answers in (False, True):
        for latency in (0, 0.01, 0.03, 0.07):
            terminal, _ = in_shell(answers=answers)
            off = leaving = None
            mark, asked, count, begun = len(terminal.seen), 0, 0, time.time()
            while time.time() - begun < 5 and not (off and time.time() > off + latency):
                if select.select([terminal.fd], [], [], 0.002)[0]: terminal.seen += os.read(terminal.fd, 65536)
                if off is None and b"1002l" in terminal.seen[mark:]: off = time.time()
                os.write(terminal.fd, b"\x1b[<65;30;8M")
                count += 1
                if count == 20: os.write(terminal.fd, b"q")
                time.sleep(0.006)
            if answers:
                time.sleep(latency)
                os.write(terminal.fd, b"\x1b[?62;4c")
                terminal.answered += 1
            rest = after_prompt(terminal)
            assert b"65;30" not in rest and b"62;4c" not in rest, (answers, latency, rest)
            terminal.close()


def wheel_at_exit_far_away():
    """The same with a terminal that answers, a quarter of a second away."""
    latency = 0.25
    terminal = Terminal(shell=True)
    terminal.until(b"SHELL> ")
    terminal.send(f"{PARE} {MODEL}\r", 0)
    begun, answered, pending, reporting, quit_at, handled = time.time(), 0, [], False, None, 0
    while time.time() - begun < 8:
        if select.select([terminal.fd], [], [], 0.005)[0]: terminal.seen += os.read(terminal.fd, 65536)
        for match in re.finditer(rb"\x1b\[c|\x1b\[\?1002[hl]", terminal.seen[handled:]):
            pending.append((time.time() + latency, match.group()))
        handled = max(handled, terminal.seen.rfind(b"\x1b") if not terminal.seen.endswith(b"\x1b") else handled)
        handled = len(terminal.seen)
        while pending and pending[0][0] <= time.time():
            what = pending.pop(0)[1]
            if what == b"\x1b[c": os.write(terminal.fd, b"\x1b[?62;4c")
            else: reporting = what.endswith(b"h")
        if b"fc" in terminal.seen and reporting: os.write(terminal.fd, b"\x1b[<65;30;8M")
        if quit_at is None and time.time() - begun > 4:
            quit_at = time.time()
            os.write(terminal.fd, b"q")
        time.sleep(0.004)
    rest = after_prompt(terminal)
    assert b"65;30" not in rest and b"62;4" not in rest, rest
    terminal.close()


def ends_while_suspended():
    for first, second in ((signal.SIGTERM, signal.SIGCONT), (signal.SIGCONT, signal.SIGTERM), (signal.SIGHUP, signal.SIGCONT)):
        terminal, child = in_shell()
        terminal.send("\x1a", 0.5)
        terminal.until(b"Stopped")
        os.kill(child, first)
        time.sleep(0.3)
        os.kill(child, second)
        assert gone(child), (first, second)
        mark = len(terminal.seen)
        terminal.send("echo a''b\r", 0.5)
        assert b"ab" in terminal.seen[mark:] and b"\x1b[?1049h" not in terminal.seen[mark:], terminal.seen[mark:]
        terminal.close()


def ends_after_a_stop_by_others():
    terminal, child = in_shell()
    os.kill(child, signal.SIGSTOP)
    terminal.until(b"Stopped")
    os.kill(child, signal.SIGTERM)
    os.kill(child, signal.SIGCONT)
    assert gone(child)
    terminal.seen = b""
    terminal.send("echo a''b\r")
    terminal.until(b"ab")
    assert b"\x1b[?1049h" not in terminal.seen, terminal.seen
    terminal.close()


def comes_back():
    terminal, child = in_shell()
    terminal.send("\x1a", 0.5)
    terminal.until(b"Stopped")
    terminal.send("bg\r", 0.7)
    assert not gone(child, 0.1)
    mark = len(terminal.seen)
    terminal.send("fg\r", 1)
    assert b"\x1b[?1049h" in terminal.seen[mark:]
    terminal.send("q", 0.5)
    assert gone(child)
    assert b"\x1b[?1049l" in terminal.seen[mark:] and after_prompt(terminal).strip() == b""
    terminal.close()


def ends_with_the_shell_while_suspended():
    terminal, child = in_shell()
    terminal.send("\x1a", 0.5)
    terminal.until(b"Stopped")
    os.kill(terminal.pid, signal.SIGKILL)
    os.close(terminal.fd)
    assert gone(child), "stays behind, stopped"
    os.waitpid(terminal.pid, 0)


def input_that_is_no_terminal():
    for source in ("/dev/null", MODEL):
        for arguments in ([], [MODEL]):
            outer, inner = pty.openpty()
            process = subprocess.Popen([PARE, *arguments], stdin=open(source), stdout=inner, stderr=subprocess.PIPE)
            error = process.communicate(timeout=20)[1].decode()
            os.close(inner)
            os.close(outer)
            assert process.returncode == 1 and error.startswith("pare: ") and error.count("\n") == 1, (process.returncode, error)


CHECKS = [quits, ends_on_signals, ends_with_the_terminal, saves_without_the_terminal, saves_though_asked_to_end, paste_without_end, large_and_binary_pastes,
          split_sequences, wheel_at_exit, wheel_at_exit_far_away, ends_while_suspended, ends_after_a_stop_by_others, comes_back,
          ends_with_the_shell_while_suspended, input_that_is_no_terminal]
make_model()
failed = 0
for check in CHECKS:
    if sys.argv[2:] and check.__name__ not in sys.argv[2:]: continue
    try:
        check()
        print(f"{check.__name__}: as it should", flush=True)
    except (AssertionError, OSError, subprocess.SubprocessError) as error:
        failed += 1
        print(f"{check.__name__}: FAILED: {type(error).__name__} {error}", flush=True)
shutil.rmtree(FOLDER, ignore_errors=True)
sys.exit(failed > 0)
