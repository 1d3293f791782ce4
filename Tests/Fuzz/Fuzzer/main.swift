import Foundation

// libFuzzer's own loop: its `main` would stand in the way of the package manager's.
@_silgen_name("LLVMFuzzerRunDriver")
func runFuzzer(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ check: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

enum Chosen {
    static let target = FuzzTarget.all.first { $0.name == CommandLine.arguments.dropFirst().first }
}

guard Chosen.target != nil else {
    print(FuzzTarget.all.map(\.name).joined(separator: "\n"))
    exit(CommandLine.arguments.count > 1 ? 64 : 0)
}
var arguments =
    unsafe ([CommandLine.arguments[0]] + CommandLine.arguments.dropFirst(2)).map { unsafe strdup($0) } + [nil]
var count = unsafe Int32(arguments.count - 1)
unsafe arguments.withUnsafeMutableBufferPointer { buffer in
    var start = buffer.baseAddress
    let status = unsafe runFuzzer(&count, &start) { bytes, count in
        do {
            try Chosen.target?.run(unsafe Array(UnsafeBufferPointer(start: bytes, count: count)))
        } catch {
            FileHandle.standardError.write(Data("Does not hold: \(error)\n".utf8))
            abort()
        }
        return 0
    }
    exit(status)
}
