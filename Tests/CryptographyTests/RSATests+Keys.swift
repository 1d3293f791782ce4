// Keys that were made for these tests and guard nothing.
extension RSATests {
    /// 1024 bits.
    static let short = """
        -----BEGIN PRIVATE KEY-----
        MIICeAIBADANBgkqhkiG9w0BAQEFAASCAmIwggJeAgEAAoGBAMcLSwoi4hkbve8O
        vxt9ckbZHDB88S7xwLHcQgc/vz4GU7j5JXo2yQ6bWlICeIVPKYiiqpq058xBl3bI
        pe53P+d0VvZFkAe04QwJn7JBqaIWLzYgmtlqDLB+pT+rPa16AA+fB2vEv4WiEcJI
        w5K2E3zkcJ2y1RHWGOFvZXUUGM9JAgMBAAECgYEAggBKPpCSA7wuzVhgUWAZp1Re
        KP0xuWuEY6ZsKbfk/Gm9fO6dH7lwj+2/jBi5Brixc+BqdSj6zFl6x8Y9OgcA4M9+
        Eh4Jq8H10YF0WbDpICkxa/+OCjz+8D/F0nqGyg1h+GHCAmtpoHwPDqLjDGU29P6U
        Uoe1jDc9rH2QJIObT0ECQQDxcqg9QMHMj20extKqB9kkLXB6vDulJpmJEB/EcP8l
        +sgDqiim2sm1N1ASfU6oITjQu4WmllmU3J1yJ3QDaPSdAkEA0wphbvDKWPBaYeB8
        bIehdWHvdaDunFee6+Gd7QMN8ojGHQM9JsTGCNiQZCYR3MnYxe0E7uQZkaEaRadA
        v+yHnQJBAJGdqdOPS5I4agImvQSoyQ+li/Gptnsq5WwhWldaIrdgIOL865l92Cq/
        mj4cbqS9rItOnRNUF+DMkPQ40SIBWY0CQBcL+in4Z9Cgpu4rassbYLmF8XWiFozC
        UNunrux0OfCzmRcQBHyYXpwWsmYNdkPrUx4CTVidVmF9+3WB12NePE0CQQCTGnbD
        K3btAZesPPMJJ82FxpSinfvO7blrhrBvG0vHO0p2nEDlC2n4kbNgT2K4ZRlOTyyN
        zVKka238GcjMIai/
        -----END PRIVATE KEY-----

        """

    /// 2048 bits, under the passphrase `x`.
    static let encrypted = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIIFLTBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQI3GDj0zAaVAMCAggA
        MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBBqUjXV/BlUmzZYi0DhkGzlBIIE
        0EcOXVd9oKU2oYu9mOMBKqT1ytexoZRAUZFK/xOcyliJVrxnYGCGg6MB3CJTEPix
        qYSRcTpQ45qchyVKP1X08obyU9bZiIX03kbIZazVpo/4J6igFzXOxt2K1LLvigGU
        SXPbuxUWeDOvgET1IeSwoXM0X4nA7AgoL8KIoG+gWP0Hn584ShGQc2y4M7fScdr3
        +vOdLOrYm/Pw1w8H6Z97ueyHqvuaO7HMypZlUrq18PPTU32lKMEio1XNWv/3G0MR
        GSx8Mf63PdXaTX/mS0bfPQeoEA6NkB4Jcs3GfmPBM210aqMEeYi7Ef6xqpJ0UTJD
        NHZ8lWwZmxhngk/UjVnjrpSKHnXuSRm/TRPdMULdCnFrXVURowIq1xnTbQT0usbE
        LIHnVk0N0aqzeLphrb8HJDTj6SMV+tRyro3Pmt3lGumouGBy4r5yclUxlmZ65111
        FTBiN/w2b6+4xpQIwcZexs91Xo/ZTL45EUYj0CcMw56drcouSp/MbJTWC9ZYp3Cf
        2euLpQElk1skSZaiDtsMCq2IHaSKmuUkG5/G7ZTiYxw/PdVcl5GlL1gYwnzjF25T
        U+Vc5BNPurpNJdYhZyCpQ3ENfFc9LQBgP0Wn7wTIMy9AQO2sBPoHTnQXedPNuF7N
        MCKgXmR0jhZXn6G9ePj3d4PVBjZASbNuu1i+i94Y+Etmz4YDWngd9KHQJ8iFjTuS
        gD8v+92Nh7vKeYdNVzzBBMorhKsJohLhz8Gs3rzcf3gd4C9p45SiEtQO2O3zIUVv
        c6qgwug6nzaLNb98xK8XK+wo+hR7TYLfBTGCMjEcQAxADA5msFUWNJO/wFBDrY/8
        hefDezeOrceaG6Ab/a+lV5KGdIJCwwfhmBq9iCrT++xn2IgQSKgLU8wDxaYV+KMe
        bYOrN6fo8sDdsozz9CSFaI6X7tqCyHtNPYAwv3iO/7VVfstXgJJw6v3fUVmW9HAn
        TohRwPvO56SMEdtOcP+rgzy2WOuH91VaEQUkwewyAfTaxiL3NjHtBgHDCcLrJ9FB
        z556VBtmiihJrWhTdUMgqiaQZPKpFLUtnC2sV2Fen8HGHm5iT0Jn3V6Le391QG1d
        GS2t5t88Vl7rcWIE+oE/KbCD+DGT21AUBPbcho3ugNca80kNZtEbvJrEUhG3Zc26
        HBR5owYnpGFmIpnKCVGOHBOMouo0m9RzzShgD+00SXZ3l+FiQDD5ZMZgKBxsbmvD
        GVyE0yKJ4Qb5FuYu1gU2ftXER72SnbrKVIrKhnCdkYDjkGfxiPQqOAu6Rae7VpCf
        yUjBdn7G9n2/EYUSxOMMuQGs10EHAJIuPjbt5QPMl7aTLyujBNVKmPbytexXwwyo
        EfQF6PJZpSCdx0CIisLXVIpJuiiq08nl9cDXh0LxU4NbEdBUYhxy3zaQPIfbtof4
        M/TuzwlqXYj6cZAN8vcmkcZHebct/i411FweMRAY99YqZnCmmqXimtbHA8cj3v14
        Z128aulnjQmkFgMpz/Z+C+BxOUELrcfNXyL036CQOE7kOdhpnovKkA8TqCPhfjRV
        gJUOKMGLMm8dyXC1AdtWNJhSZ8imA5NHGaGLT+zQUapawIbrpIi4ewwAyF3Dg15Z
        qq9TSYJ2SEysiz8hn6sLekEPHEVGaAuKo15G2WD7JJMN
        -----END ENCRYPTED PRIVATE KEY-----

        """
}
