using System.Composition;
using System.Runtime.InteropServices;
using System.Text;
using Whalescale.Tun.Interop;

namespace Whalescale.Tun.Devices;

/// <summary>Opens TUN devices of Linux, through /dev/net/tun.</summary>
[Export(typeof(ITunDeviceFactory))]
[ExportMetadata("Name", "linux"), ExportMetadata("ApiLevel", ContractVersion.Current)]
public sealed unsafe class LinuxTunFactory : ITunDeviceFactory
{
    internal const string MissingRight = "A TUN device needs the capability CAP_NET_ADMIN: run as root, give it to the "
        + "program (setcap cap_net_admin+ep), or in a systemd unit set AmbientCapabilities=CAP_NET_ADMIN.";

    private const string DevicePath = "/dev/net/tun";

    /// <inheritdoc/>
    public bool IsSupported => OperatingSystem.IsLinux();

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The name is no name of an interface: 1 to 15 bytes, no slash, colon or
    /// blank.
    /// </exception>
    public ITunDevice Open(string name, int mtu)
    {
        RequireName(name);
        RoutePolicy.RequireMtu(mtu);
        if (!IsSupported) throw new PlatformNotSupportedException("This kind of TUN device is for Linux.");

        FileDescriptor device = LibC.OpenDevice(DevicePath, out int error);
        RouteSocket? kernel = null;
        try
        {
            RequireOpened(error);
            string given = Attach(device, name);
            kernel = new RouteSocket();
            return new LinuxTun(device, kernel, given, mtu);
        }
        catch
        {
            kernel?.Dispose();
            device.Dispose();
            throw;
        }
    }

    private static void RequireName(string name)
    {
        bool hasForbidden =
            name.Any(letter => letter is '/' or ':' || char.IsWhiteSpace(letter) || char.IsControl(letter));
        if (name is "" or "." or ".." || hasForbidden || Encoding.UTF8.GetByteCount(name) >= LibC.InterfaceNameSize)
        {
            throw new ArgumentException(
                $"'{name}' cannot name a network interface: 1 to 15 bytes, without slash, colon or blank.",
                nameof(name));
        }
    }

    private static void RequireOpened(int error)
    {
        if (error == 0) return;
        throw error switch
        {
            LibC.NoEntry or LibC.NoSuchDevice or LibC.NoDeviceOrAddress => new PlatformNotSupportedException(
                $"{DevicePath} is missing: load the kernel module with 'modprobe tun', "
                + "or pass the device into the container."),
            LibC.AccessDenied or LibC.NotPermitted => new UnauthorizedAccessException(MissingRight),
            _ => new IOException($"{DevicePath} cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}."),
        };
    }

    /// <summary>Makes the open file a device; see the kernel's Documentation/networking/tuntap.rst.</summary>
    /// <returns>The name the kernel gave.</returns>
    private static string Attach(FileDescriptor device, string name)
    {
        // 64 bytes: the kernel copies sizeof(struct ifreq) in and out, which is 40.
        byte* request = stackalloc byte[64];
        var bytes = new Span<byte>(request, 64);
        bytes.Clear();
        Encoding.UTF8.GetBytes(name, bytes);
        MemoryMarshal.Write(bytes[LibC.InterfaceFlagsOffset..], LibC.TunNoInfoVirtioHeader);
        int error = LibC.Control(device, LibC.SetInterface, (nint)request);
        if (error != 0)
        {
            throw error switch
            {
                LibC.NotPermitted => new UnauthorizedAccessException(MissingRight),
                LibC.Busy => new IOException($"The device {name} is in use by another process."),
                LibC.InvalidArgument => new IOException($"{name} exists and is no TUN device of this kind."),
                _ => new IOException($"The device {name} cannot be made: {Marshal.GetPInvokeErrorMessage(error)}."),
            };
        }

        int headerSize = VirtioHeader.Size;
        error = LibC.Control(device, LibC.SetHeaderSize, (nint)(&headerSize));
        if (error != 0)
            throw new IOException($"The device {name} refuses its options: {Marshal.GetPInvokeErrorMessage(error)}.");

        ReadOnlySpan<byte> given = bytes[..LibC.InterfaceNameSize];
        return Encoding.UTF8.GetString(given[..given.IndexOf((byte)0)]);
    }
}
