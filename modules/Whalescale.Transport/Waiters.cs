namespace Whalescale.Transport;

/// <summary>Makes the waiter that suits this operating system.</summary>
public static class Waiters
{
    /// <summary>A new waiter.</summary>
    /// <exception cref="IOException">The system has no descriptor left.</exception>
    public static IWaiter Create() => OperatingSystem.IsWindows() ? new WindowsWaiter() : new PollWaiter();
}
