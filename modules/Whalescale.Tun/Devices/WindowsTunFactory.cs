using System.Composition;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Whalescale.Tun.Interop;

namespace Whalescale.Tun.Devices;

/// <summary>Opens TUN devices of Windows, through wintun.dll beside the program. Compiled, not yet run.</summary>
[Export(typeof(ITunDeviceFactory))]
[ExportMetadata("Name", "windows"), ExportMetadata("ApiLevel", ContractVersion.Current)]
public sealed class WindowsTunFactory : ITunDeviceFactory
{
    private const string TunnelType = "Whalescale";

    /// <inheritdoc/>
    public bool IsSupported => OperatingSystem.IsWindows();

    /// <inheritdoc/>
    public ITunDevice Open(string name, int mtu)
    {
        RoutePolicy.RequireMtu(mtu);
        if (!IsSupported) throw new PlatformNotSupportedException("This kind of TUN device is for Windows.");
        try
        {
            return Create(name, mtu);
        }
        catch (DllNotFoundException missing)
        {
            throw new PlatformNotSupportedException(
                "wintun.dll is missing: take it from https://www.wintun.net and put it beside the program.", missing);
        }
    }

    private static WindowsTun Create(string name, int mtu)
    {
        // The same name gives the same adapter, so that Windows does not number a new network at every start.
        var id = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{TunnelType}/{name}")).AsSpan(0, 16));
        nint adapter = Wintun.CreateAdapter(name, TunnelType, id);
        if (adapter == 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error == Wintun.AccessDenied)
            {
                throw new UnauthorizedAccessException(
                    "A Wintun adapter needs an administrator: run elevated, or as a service.");
            }

            throw new IOException($"The adapter {name} cannot be made: {WindowsNetwork.Words(error)}");
        }

        nint session = Wintun.StartSession(adapter, Wintun.RingBytes);
        if (session != 0) return new WindowsTun(adapter, session, name, mtu);
        string words = WindowsNetwork.Words(Marshal.GetLastPInvokeError());
        Wintun.CloseAdapter(adapter);
        throw new IOException($"The adapter {name} cannot be started: {words}");
    }
}
