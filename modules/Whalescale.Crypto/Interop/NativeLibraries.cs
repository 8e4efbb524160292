using System.Reflection;
using System.Runtime.InteropServices;

namespace Whalescale.Crypto.Interop;

/// <summary>Finds the two native libraries under the names that the systems give them.</summary>
/// <remarks>
/// Distributions carry the major version in the file name, so the plain name of a P/Invoke declaration is found only
/// where a development package is installed. A missing library is reported once and with the remedy, instead of as a
/// list of probed paths.
/// </remarks>
internal static unsafe class NativeLibraries
{
    public const string Sodium = "libsodium";
    public const string Crypto = "libcrypto";

    private const string SodiumRemedy =
        "install libsodium 1.0.18 or later (Debian, Ubuntu: apt install libsodium23; Fedora: dnf install libsodium; "
        + "macOS: brew install libsodium; Windows: put libsodium.dll beside the program)";

    private const string CryptoRemedy =
        "install OpenSSL 3.0 or later (Debian, Ubuntu: apt install libssl3; Fedora: dnf install openssl-libs; "
        + "macOS: brew install openssl@3; Windows: put libcrypto-3-x64.dll beside the program)";

    static NativeLibraries() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);

    /// <summary>Runs the static constructor, which registers the resolver once for this assembly.</summary>
    public static void EnsureRegistered()
    {
    }

    /// <summary>The file names to try for a library on this system, in order.</summary>
    internal static string[] CandidateNames(string library) => library switch
    {
        Sodium when OperatingSystem.IsWindows() => ["libsodium.dll", "sodium.dll"],
        Sodium when OperatingSystem.IsMacOS() =>
            ["libsodium.23.dylib", "libsodium.26.dylib", "libsodium.dylib",
             "/opt/homebrew/lib/libsodium.dylib", "/usr/local/lib/libsodium.dylib"],
        Sodium => ["libsodium.so.23", "libsodium.so.26", "libsodium.so", "libsodium"],
        Crypto when OperatingSystem.IsWindows() =>
            RuntimeInformation.ProcessArchitecture == Architecture.Arm64
                ? ["libcrypto-3-arm64.dll", "libcrypto-3.dll", "libcrypto.dll"]
                : ["libcrypto-3-x64.dll", "libcrypto-3.dll", "libcrypto.dll"],
        // The unversioned libcrypto.dylib of macOS aborts the process that loads it, so it is not in the list.
        Crypto when OperatingSystem.IsMacOS() =>
            ["libcrypto.3.dylib", "/opt/homebrew/opt/openssl@3/lib/libcrypto.3.dylib",
             "/usr/local/opt/openssl@3/lib/libcrypto.3.dylib"],
        Crypto => ["libcrypto.so.3", "libcrypto.so", "libcrypto"],
        _ => [],
    };

    /// <summary>Loads the first of the names that exists.</summary>
    /// <exception cref="DllNotFoundException">None exists; the message says what to install.</exception>
    internal static nint Load(string library, ReadOnlySpan<string> names, string remedy)
    {
        foreach (string name in names)
        {
            // Never the current directory or PATH on systems that would look there.
            const DllImportSearchPath Places =
                DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories;
            if (NativeLibrary.TryLoad(name, typeof(NativeLibraries).Assembly, Places, out nint handle)) return handle;
        }

        throw new DllNotFoundException(
            $"The native library {library} was not found (tried {string.Join(", ", names.ToArray())}); {remedy}.");
    }

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (library == Crypto) return Load(library, CandidateNames(library), CryptoRemedy);
        if (library != Sodium) return 0;

        nint handle = Load(library, CandidateNames(library), SodiumRemedy);

        // Chooses the implementations for this processor. It is safe to call from several threads and more than once;
        // without it the slow portable ones run.
        var initialize = (delegate* unmanaged<int>)NativeLibrary.GetExport(handle, "sodium_init");
        if (initialize() < 0) throw new DllNotFoundException("libsodium was found but could not be initialized.");
        return handle;
    }
}
