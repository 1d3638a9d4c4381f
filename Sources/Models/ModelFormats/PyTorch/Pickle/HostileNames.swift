extension PickleName {
    /// Whether no model has a use for the name, only an attack: it runs programs or code, or reaches what does.
    ///
    /// Pare calls nothing whatever the pickle says; a file that asks for these is refused lest it be loaded elsewhere.
    var isHostile: Bool {
        let parts = module.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let root = parts.first ?? ""
        if root == "builtins" || root == "__builtin__" {
            return !Self.harmlessBuiltins.contains(name)
        }
        if Self.hostileModules.contains(root) || Self.ambiguousModules.contains(module) { return true }
        if Self.hostileNames.contains(text) { return true }
        // `module.os.system` as a qualified name of another module reaches the same.
        return name.split(separator: ".").dropLast().contains { Self.hostileModules.contains(String($0)) }
            || parts.dropFirst().contains { ["os", "subprocess", "sys"].contains($0) }
            || name.split(separator: ".").contains { Self.hostileAttributes.contains(String($0)) }
    }

    private static let harmlessBuiltins: Set<String> = [
        "set", "frozenset", "dict", "list", "tuple", "int", "long", "float", "complex", "bool", "str", "unicode", "bytes",
        "bytearray", "object", "slice", "range", "xrange", "len", "type", "NoneType", "Ellipsis", "NotImplemented",
        "super", "property", "map", "zip", "enumerate", "reversed", "min", "max", "sum", "abs", "round",
    ]

    private static let hostileModules: Set<String> = [
        "os", "posix", "posixpath", "nt", "ntpath", "subprocess", "_posixsubprocess", "sys", "importlib", "imp", "runpy",
        "pty", "socket", "_socket", "ssl", "shutil", "ctypes", "_ctypes", "cffi", "pickle", "_pickle", "cPickle", "dill",
        "cloudpickle", "codeop", "popen2", "webbrowser", "marshal", "multiprocessing", "asyncio",
        "timeit", "bdb", "pdb", "cProfile", "pip", "ensurepip", "venv", "http", "httplib", "urllib",
        "urllib2", "requests", "aiohttp", "ftplib", "smtplib", "telnetlib", "xmlrpc", "tempfile", "signal",
        "threading", "_thread", "inspect", "pkgutil", "zipimport", "sysconfig", "distutils", "setuptools", "doctest",
        "pydoc", "idlelib", "linecache", "fileinput", "atexit", "gc", "builtins", "__builtin__",
    ]

    /// Python's own modules under these names, but perhaps a project's packages of which the module is a part.
    private static let ambiguousModules: Set<String> = ["code", "commands", "trace", "profile", "site", "platform", "test"]

    private static let hostileNames: Set<String> = [
        "operator.attrgetter", "operator.methodcaller", "_operator.attrgetter", "_operator.methodcaller",
        "types.FunctionType", "types.CodeType", "types.LambdaType", "types.MethodType", "types.ModuleType", "io.open",
        "_io.open", "io.FileIO", "_io.FileIO", "codecs.open", "numpy.load", "numpy.testing._private.utils.runstring",
        "numpy.testing._private.utils._assert_valid_refcount", "numpy.f2py.crackfortran.myeval", "torch.load", "torch.hub.load",
        "torch.serialization.load", "torch.jit.load", "torch.ops.load_library",
        "torch._dynamo.guards.GuardBuilder.get", "torch.utils.cpp_extension.load_inline", "torch.utils.cpp_extension.load",
        "torch.fx.experimental.symbolic_shapes.ShapeEnv.evaluate_guards_expression",
        "torch.utils._config_module.ConfigModule.load_config", "joblib.load", "pandas.read_pickle",
    ]

    private static let hostileAttributes: Set<String> = [
        "__import__", "__globals__", "__builtins__", "__subclasses__", "__code__", "__getattribute__", "__reduce__",
        "eval", "exec", "execfile", "system", "popen", "import_module", "load_module",
    ]
}
