/// Keeps a large value behind one reference, which copies share until one of them is changed.
///
/// The state's parts travel by value through events, requests and views. Kept in line, a copy of the state would be thousands of reference
/// counts, written out in machine code for every type that has it in it, which takes minutes to compile.
@propertyWrapper
public struct Boxed<Value> {
    private final class Storage {
        var value: Value
        init(_ value: Value) { self.value = value }
    }

    private var storage: Storage

    /// Boxes a value, which no copy shares yet.
    public init(wrappedValue: Value) { storage = Storage(wrappedValue) }

    /// The value, copied before it is changed where another box has it too.
    public var wrappedValue: Value {
        _read { yield storage.value }
        _modify {
            if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage.value) }
            yield &storage.value
        }
    }
}

/// Nobody changes a value that two boxes share.
extension Boxed: @unchecked Sendable where Value: Sendable {}

extension Boxed: Equatable where Value: Equatable {
    public static func == (left: Boxed, right: Boxed) -> Bool { left.storage === right.storage || left.wrappedValue == right.wrappedValue }
}

extension Boxed: Hashable where Value: Hashable {
    public func hash(into hasher: inout Hasher) { hasher.combine(wrappedValue) }
}
