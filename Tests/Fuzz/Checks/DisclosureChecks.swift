@testable import Broker

/// Input: a value, text before and after it that is encoded with it, text around that is not, and the encoding's
/// choices.
func checkDisclosure(_ input: inout FuzzInput) throws {
    let value = input.text()
    let inner = (before: input.text(), after: input.text())
    let outer = (before: input.text(), after: input.text())
    var choices = input.choices()
    let disclosure = Disclosure(of: [Secret(of: "another value".utf8), Secret(of: value.utf8)])

    let text = inner.before + value + inner.after
    let body = outer.before + encoded(text, &choices) + outer.after
    try require(disclosure.mayBe(in: received(body, &choices)), "a value is found in \(body.debugDescription)")

    // It is looked for without the white space around it and without line ends, or by its letters. With JSON's escapes
    // in it, it is looked for without them too.
    let space = (UInt8(0)...0x20)
    let trimmed = value.utf8.drop(while: space.contains).reversed().drop(while: space.contains).reversed()
    let core = String(decoding: trimmed.filter(isNoLineEnd), as: UTF8.self)
    if core.utf8.count >= Disclosure.minimumValueSize, !core.contains("\\"), !body.utf8.contains(0) {
        let plain = Array(outer.before.utf8.filter { !"\\%+=".utf8.contains($0) })
        let joined = plain.filter(isNoLineEnd)
        let letters = core.utf8.filter(isLetter)
        let isThere =
            letters.count >= Disclosure.minimumLetters
            ? plain.filter(isLetter).holds(String(decoding: letters, as: UTF8.self)) : joined.holds(core)
        if !hasRunOfDigits(plain), !isThere, !joined.holds("another value") {
            try require(!disclosure.mayBe(in: Secret(of: plain)), "no value is found in \(plain.shown)")
        }
    }
}

private func isLetter(_ byte: UInt8) -> Bool { byte.isLetterOrDigit || byte >= 0x80 }
private func isNoLineEnd(_ byte: UInt8) -> Bool { byte != 0x0A && byte != 0x0D }

/// As an answer arrives: in pieces that end anywhere.
private func received(_ body: String, _ choices: inout FuzzInput.Choices) -> Secret {
    var buffer = SecretBuffer(limit: body.utf8.count, capacity: 1)
    var rest = Array(body.utf8)[...]
    while !rest.isEmpty {
        let piece = rest.prefix(1 + choices.next(below: 7))
        rest = rest.dropFirst(piece.count)
        Secret(of: piece).withBytes { bytes in try? buffer.append(bytes) }
    }
    return buffer.finish()
}

/// One layer of escapes or none, then digits or numbers or none, then another layer of escapes or none. What stands around
/// is kept off them by quotes, so that it does not become part of one.
private func encoded(_ text: String, _ choices: inout FuzzInput.Choices) -> String {
    var bytes = Array(text.utf8)
    let isEscaped: Bool = choices.next()
    if isEscaped { bytes = escaped(bytes, &choices) }
    let form = choices.next(below: 5)
    switch form {
    case 0: bytes = hexadecimal(bytes, &choices)
    case 1: bytes = base64(bytes, &choices)
    case 2: bytes = decimals(bytes, &choices)
    case 3: bytes = quotedPrintable(bytes, &choices)
    default: break
    }
    let isEscapedAgain: Bool = choices.next()
    if isEscapedAgain { bytes = escaped(bytes, &choices) }
    let quote = isEscaped || isEscapedAgain || form == 2 || form == 3 ? "\"" : ""
    return quote + String(decoding: bytes, as: UTF8.self) + quote
}

private func escaped(_ bytes: [UInt8], _ choices: inout FuzzInput.Choices) -> [UInt8] {
    switch choices.next(below: 3) {
    case 0: json(bytes, &choices)
    case 1: bytes.flatMap { percent($0, choices.next()) }
    default:
        bytes.flatMap { $0 == UInt8(ascii: " ") ? Array("+".utf8) : percent($0, choices.next()) }
    }
}

private func percent(_ byte: UInt8, _ isWritten: Bool) -> [UInt8] {
    let isLetter = (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte)
    guard isWritten || !isLetter else { return [byte] }
    return Array("%\(twoDigits(byte))".utf8)
}

private func twoDigits(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: byte.isMultiple(of: 3))
}

private func json(_ bytes: [UInt8], _ choices: inout FuzzInput.Choices) -> [UInt8] {
    var text = ""
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
        let isWritten = choices.next(below: 3) == 0
        if let letter = ["\"": "\"", "\\": "\\", "/": "/", "\n": "n", "\r": "r", "\t": "t"][scalar], !isWritten {
            text += "\\" + letter
        } else if isWritten || scalar.value < 0x20 || scalar == "/" {
            for unit in UTF16.encode(scalar) ?? .init() {
                text += "\\u" + twoDigits(UInt8(unit >> 8)) + twoDigits(UInt8(unit & 0xFF))
            }
        } else {
            text.unicodeScalars.append(scalar)
        }
    }
    return Array(text.utf8)
}

private func hexadecimal(_ bytes: [UInt8], _ choices: inout FuzzInput.Choices) -> [UInt8] {
    let isUppercase: Bool = choices.next()
    let text = bytes.map(twoDigits).joined(separator: ["", "", " ", ":", ", "][choices.next(below: 5)])
    return Array((isUppercase ? text.uppercased() : text.lowercased()).utf8)
}

private func decimals(_ bytes: [UInt8], _ choices: inout FuzzInput.Choices) -> [UInt8] {
    let isSigned: Bool = choices.next()
    let numbers = bytes.map { isSigned ? String(Int8(bitPattern: $0)) : String($0) }
    return Array("[\(numbers.joined(separator: [",", " ", ", ", "\n"][choices.next(below: 4)]))]".utf8)
}

private func quotedPrintable(_ bytes: [UInt8], _ choices: inout FuzzInput.Choices) -> [UInt8] {
    bytes.flatMap { byte in
        let isPlain = byte < 0x80 && byte != UInt8(ascii: "=") && choices.next()
        return (isPlain ? [byte] : Array("=\(twoDigits(byte))".utf8))
            + (choices.next(below: 8) == 0 ? Array("=\n".utf8) : [])
    }
}

/// In either alphabet, with padding or without, in lines or in one.
private func base64(_ bytes: [UInt8], _ choices: inout FuzzInput.Choices) -> [UInt8] {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    let alphabet = Array((letters + (choices.next() ? "+/" : "-_")).utf8)
    var (digits, held, width): ([UInt8], Int, Int) = ([], 0, 0)
    for byte in bytes {
        held = (held << 8 | Int(byte)) & 0xFFFF
        width += 8
        while width >= 6 {
            width -= 6
            digits.append(alphabet[held >> width & 63])
        }
    }
    if width > 0 { digits.append(alphabet[held << (6 - width) & 63]) }
    if choices.next() { while !digits.count.isMultiple(of: 4) { digits.append(UInt8(ascii: "=")) } }
    guard choices.next() else { return digits }
    return Array(
        stride(from: 0, to: digits.count, by: 76).map { digits[$0..<min($0 + 76, digits.count)] }
            .joined(separator: "\r\n".utf8))
}

/// Whether there are so many digits that they could be Base64, with white space between them or not, hexadecimal or
/// decimal numbers.
private func hasRunOfDigits(_ bytes: [UInt8]) -> Bool {
    guard bytes.count(where: { $0.hexDigit != nil }) < Disclosure.minimumValueSize else { return true }
    var length = 0
    for byte in bytes where byte > 0x20 {
        let isDigit = (0x61...0x7A).contains(byte | 0x20) || (0x2F...0x39).contains(byte) || "-_".utf8.contains(byte)
        length = isDigit ? length + 1 : 0
        if length >= 10 { return true }
    }
    return false
}
