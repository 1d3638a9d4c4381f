// Nothing to call: what mutex.c defines takes the place of functions of Swift's library where a program is built with ThreadSanitizer.
