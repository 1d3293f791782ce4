/// Tells what a path leads to. Empty segments of a path do not count, and none is decoded, since no name needs an
/// encoding. A table of its own, since Hummingbird's router costs a twentieth of a resolve.
struct PathTable<Target: Sendable>: Sendable {
    private enum Segment {
        case literal([UInt8])
        case parameter(String)
    }

    private struct Entry {
        let path: String
        let segments: [Segment]
        var targets: [Target]
    }

    /// The entries by their number of segments.
    private var entries: [[Entry]] = []

    /// Adds a target for a path such as `/v1/teams/{team}/secrets`, which may have several, such as one for each method.
    /// Where two paths fit a request's, the first counts.
    mutating func add(_ path: String, _ target: Target) {
        let segments = path.split(separator: "/").map { text -> Segment in
            text.hasPrefix("{") ? .parameter(String(text.dropFirst().dropLast())) : .literal(Array(text.utf8))
        }
        while entries.count <= segments.count { entries.append([]) }
        if let index = entries[segments.count].firstIndex(where: { $0.path == path }) {
            entries[segments.count][index].targets.append(target)
        } else {
            entries[segments.count].append(Entry(path: path, segments: segments, targets: [target]))
        }
    }

    /// - Returns: the targets of the path, in the order in which they were added; nil where it leads nowhere.
    func find(_ path: String) -> (targets: [Target], parameters: PathParameters)? {
        // With one more than any entry has, it fits none.
        let segments = Array(path.utf8).split(separator: UInt8(ascii: "/"), maxSplits: entries.count)
        guard segments.count < entries.count else { return nil }
        for entry in entries[segments.count] {
            if let parameters = Self.parameters(of: entry, in: segments) { return (entry.targets, parameters) }
        }
        return nil
    }

    /// - Returns: nil if the entry is one of another path.
    private static func parameters(of entry: Entry, in path: [ArraySlice<UInt8>]) -> PathParameters? {
        var parameters = PathParameters()
        for (segment, text) in zip(entry.segments, path) {
            switch segment {
            case .literal(let literal): guard text == literal[...] else { return nil }
            case .parameter(let name): parameters.set(name, String(decoding: text, as: UTF8.self))
            }
        }
        return parameters
    }
}

/// What stands in a path in the place of its parameters.
struct PathParameters: Sendable {
    private var values: [(name: String, text: String)] = []

    fileprivate mutating func set(_ name: String, _ text: String) { values.append((name, text)) }

    func get(_ name: String) -> String? { values.first { $0.name == name }?.text }
}
