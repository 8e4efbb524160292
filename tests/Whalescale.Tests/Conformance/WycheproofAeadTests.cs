using System.Security.Cryptography;
using Whalescale.Crypto;
using Whalescale.Crypto.Interop;

namespace Whalescale.Tests.Conformance;

/// <summary>The sealing functions: those of the product, and XChaCha20 for the library that would give it.</summary>
public sealed class WycheproofAeadTests
{
    private delegate void Seal(byte[] aad, byte[] plaintext, byte[] output);

    private delegate bool TryOpen(byte[] aad, byte[] ciphertextAndTag, byte[] output);

    [Fact]
    public void ChaCha20_Poly1305_in_one_call() =>
        VectorFile.CheckAll(325, WycheproofCase.All("chacha20_poly1305_test.json"), test =>
        {
            byte[] key = test.Hex("key"), nonce = test.Hex("iv");
            if (nonce.Length != ChaChaPoly.NonceSize) return RefusesNonce(test, nonce);
            return Check(
                test,
                (aad, plaintext, output) => ChaChaPoly.Seal(key, nonce, aad, plaintext, output),
                (aad, ciphertext, output) => ChaChaPoly.TryOpen(key, nonce, aad, ciphertext, output));
        });

    [Fact]
    public void ChaCha20_Poly1305_in_a_kept_context() => VectorFile.CheckAll(
        316,
        WycheproofCase.All("chacha20_poly1305_test.json").Where(test => test.Value.GroupNumber("ivSize") == 96),
        test => CheckKept(AeadCipher.ChaChaPoly, test));

    [Fact]
    public void Aes_256_Gcm_in_a_kept_context() => VectorFile.CheckAll(
        66,
        WycheproofCase.All("aes_gcm_test.json").Where(test =>
            test.Value.GroupNumber("ivSize") == 96 && test.Value.GroupNumber("keySize") == 256),
        test => CheckKept(AeadCipher.AesGcm, test));

    [Fact]
    public void Aes_Gcm_of_the_other_key_sizes_in_the_framework() => VectorFile.CheckAll(
        131,
        WycheproofCase.All("aes_gcm_test.json").Where(test =>
            test.Value.GroupNumber("ivSize") == 96 && test.Value.GroupNumber("keySize") != 256),
        test =>
        {
            byte[] nonce = test.Hex("iv");
            using var aes = new AesGcm(test.Hex("key"), Aead.TagSize);
            return Check(
                test,
                (aad, plaintext, output) => aes.Encrypt(
                    nonce, plaintext, output.AsSpan(0, plaintext.Length), output.AsSpan(plaintext.Length), aad),
                (aad, ciphertext, output) => FrameworkOpens(aes, nonce, aad, ciphertext, output));
        });

    [Fact]
    public void XChaCha20_Poly1305_of_libsodium() =>
        VectorFile.CheckAll(315, WycheproofCase.All("xchacha20_poly1305_test.json"), test =>
        {
            byte[] key = test.Hex("key"), nonce = test.Hex("iv");
            if (nonce.Length != SodiumExtras.XChaChaNonceSize) return test.IsValid ? "has an unknown nonce size" : null;
            return Check(
                test,
                (aad, plaintext, output) => SodiumExtras.XChaChaSeal(key, nonce, aad, plaintext, output),
                (aad, ciphertext, output) => SodiumExtras.XChaChaTryOpen(key, nonce, aad, ciphertext, output));
        });

    private static string? RefusesNonce(WycheproofCase test, byte[] nonce)
    {
        byte[] key = test.Hex("key");
        Assert.False(test.IsValid);
        Assert.Throws<ArgumentException>(() => ChaChaPoly.Seal(key, nonce, default, default, new byte[16]));
        Assert.Throws<ArgumentException>(() => ChaChaPoly.TryOpen(key, nonce, default, new byte[16], default));
        return null;
    }

    private static string? CheckKept(AeadCipher cipher, WycheproofCase test)
    {
        byte[] key = test.Hex("key"), nonce = test.Hex("iv");
        using var sealing = new EvpAead(cipher, key, isEncrypting: true);
        using var opening = new EvpAead(cipher, key, isEncrypting: false);
        return Check(
            test,
            (aad, plaintext, output) => sealing.Seal(nonce, aad, plaintext, output),
            (aad, ciphertext, output) => opening.TryOpen(nonce, aad, ciphertext, output));
    }

    private static string? Check(WycheproofCase test, Seal seal, TryOpen tryOpen)
    {
        byte[] aad = test.Hex("aad"), plaintext = test.Hex("msg");
        byte[] expected = [.. test.Hex("ct"), .. test.Hex("tag")];
        var written = new byte[plaintext.Length + Aead.TagSize];
        seal(aad, plaintext, written);
        if (written.AsSpan().SequenceEqual(expected) != test.IsValid) return $"{test.Result}, but is sealed otherwise";

        byte[] read = [.. Enumerable.Repeat((byte)0xEE, plaintext.Length)];
        if (tryOpen(aad, expected, read) != test.IsValid) return $"{test.Result}, but is opened otherwise";
        if (test.IsValid) return read.AsSpan().SequenceEqual(plaintext) ? null : "another plaintext";
        return plaintext.Length > 0 && read.SequenceEqual(plaintext) ? "a forgery's plaintext is given out" : null;
    }

    private static bool FrameworkOpens(AesGcm aes, byte[] nonce, byte[] aad, byte[] ciphertextAndTag, byte[] output)
    {
        try
        {
            aes.Decrypt(
                nonce, ciphertextAndTag.AsSpan(0, output.Length), ciphertextAndTag.AsSpan(output.Length), output, aad);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }
}
