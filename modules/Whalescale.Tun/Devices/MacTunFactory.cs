using System.Composition;
using System.Globalization;
using System.Runtime.InteropServices;
using Whalescale.Tun.Interop;

namespace Whalescale.Tun.Devices;

/// <summary>Opens TUN devices of macOS. Compiled, not yet run.</summary>
[Export(typeof(ITunDeviceFactory))]
[ExportMetadata("Name", "macos"), ExportMetadata("ApiLevel", ContractVersion.Current)]
public sealed class MacTunFactory : ITunDeviceFactory
{
    private const string Prefix = "utun";

    /// <inheritdoc/>
    public bool IsSupported => OperatingSystem.IsMacOS();

    /// <inheritdoc/>
    /// <remarks>macOS allows the names utun0, utun1, … alone; for any other name the next free one is taken.</remarks>
    public ITunDevice Open(string name, int mtu)
    {
        RoutePolicy.RequireMtu(mtu);
        if (!IsSupported) throw new PlatformNotSupportedException("This kind of TUN device is for macOS.");

        FileDescriptor device = Darwin.OpenUtun(UnitOf(name), out string given, out int error);
        try
        {
            if (error == 0) return new MacTun(device, given, mtu);
            throw error switch
            {
                Darwin.NotPermitted or Darwin.AccessDenied => new UnauthorizedAccessException(
                    "A utun device needs root: run with sudo, or as a launch daemon."),
                Darwin.Busy => new IOException($"The device {name} is in use by another process."),
                _ => new IOException($"The device {name} cannot be made: {Marshal.GetPInvokeErrorMessage(error)}."),
            };
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <summary>The number in "utun7" plus one; 0, which lets the system choose, for any other name.</summary>
    internal static uint UnitOf(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal)
            && ushort.TryParse(
                name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out ushort number)
            ? number + 1u
            : 0;
}
