using System.Diagnostics;
using Whalescale.Transport.Interop;

namespace Whalescale.Transport;

/// <summary>A clock whose time stamps count suspended time, so that keys grow old while the machine sleeps.</summary>
/// <remarks>CLOCK_BOOTTIME on Linux. Elsewhere <see cref="Stopwatch"/>: on Windows that counts sleep too, on macOS it
/// does not. Time stamps are nanoseconds everywhere.</remarks>
public sealed class BootTimeProvider : TimeProvider
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <inheritdoc/>
    public override long TimestampFrequency => NanosecondsPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp() => OperatingSystem.IsLinux()
        ? LibC.GetBootTimeNanoseconds()
        : (long)((Int128)Stopwatch.GetTimestamp() * NanosecondsPerSecond / Stopwatch.Frequency);
}
