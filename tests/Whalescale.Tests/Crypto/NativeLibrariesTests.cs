using Whalescale.Crypto;
using Whalescale.Crypto.Interop;

namespace Whalescale.Tests.Crypto;

public sealed class NativeLibrariesTests
{
    [Fact]
    public void Both_libraries_are_found_on_this_system()
    {
        CryptoLibraries.Require();
        Assert.True(LibCrypto.OpenSSL_version_num() >= 0x30000000);
        Assert.True(LibSodium.sodium_init() >= 0);
    }

    [Fact]
    public void A_missing_library_is_named_with_the_package_to_install()
    {
        var exception = Assert.Throws<DllNotFoundException>(() => NativeLibraries.Load(
            "libsodium", ["libsodium.so.none", "libnothing"], "apt install libsodium23"));
        Assert.Contains("libsodium was not found", exception.Message, StringComparison.Ordinal);
        Assert.Contains("libsodium.so.none, libnothing", exception.Message, StringComparison.Ordinal);
        Assert.Contains("apt install libsodium23", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_later_names_are_tried_when_the_first_is_missing()
    {
        string[] names = ["libsodium.so.none", .. NativeLibraries.CandidateNames(NativeLibraries.Sodium)];
        Assert.NotEqual(0, NativeLibraries.Load(NativeLibraries.Sodium, names, "it is not missing"));
    }
}
