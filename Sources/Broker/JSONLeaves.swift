/// The string leaves of a JSON text that pointers lead to. The text is read once, however many and however deep they
/// are: whoever writes text and pointers must not be able to make it expensive.
package struct JSONLeaves {
    /// A key of one or more pointers, or the whole text.
    private struct Node {
        var children: [[UInt8]: Int] = [:]
        var pointer: JSONPointer?
    }

    private var ranges: [JSONPointer: Range<Int>] = [:]

    /// - Parameter bytes: a JSON text that a strict parser has accepted, so that no object has a key twice.
    package init(at pointers: [JSONPointer], in bytes: [UInt8]) {
        let nodes = Self.tree(of: pointers)
        var tokens = JSONTokens(bytes, in: bytes.indices)
        /// For each open bracket: whether it is an object's, and the node whose value it opens.
        var open: [(isObject: Bool, node: Int?)] = []
        var expectsKey = false
        /// The node of the value that comes next.
        var node: Int? = 0
        while let token = tokens.next() {
            switch token.kind {
            case .open:
                let isObject = bytes[token.range.lowerBound] == UInt8(ascii: "{")
                open.append((isObject, isObject ? node : nil))
                (expectsKey, node) = (isObject, nil)
            case .close:
                _ = open.popLast()
                (expectsKey, node) = (false, nil)
            case .comma: (expectsKey, node) = (open.last?.isObject ?? false, nil)
            case .colon: break
            case .scalar: node = nil
            case .string:
                let content = (token.range.lowerBound + 1)..<(token.range.upperBound - 1)
                if expectsKey {
                    node = open.last?.node.flatMap { nodes[$0].children[JSONText.unescaped(bytes[content])] }
                    expectsKey = false
                } else {
                    if let pointer = node.flatMap({ nodes[$0].pointer }) { ranges[pointer] = content }
                    node = nil
                }
            }
        }
    }

    /// The range of the leaf's content, between its quotes. Nil unless the pointer leads to a string.
    package subscript(pointer: JSONPointer) -> Range<Int>? { ranges[pointer] }

    /// The pointers' keys as a tree. The first node is the whole text.
    private static func tree(of pointers: [JSONPointer]) -> [Node] {
        var nodes = [Node()]
        for pointer in pointers {
            var place = 0
            for key in pointer.keys {
                let bytes = Array(key.utf8)
                if let child = nodes[place].children[bytes] {
                    place = child
                } else {
                    nodes[place].children[bytes] = nodes.count
                    place = nodes.count
                    nodes.append(Node())
                }
            }
            nodes[place].pointer = pointer
        }
        return nodes
    }
}
