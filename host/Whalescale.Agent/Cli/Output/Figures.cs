using System.Globalization;

namespace Whalescale.Agent.Cli.Output;

/// <summary>Numbers for people.</summary>
internal static class Figures
{
    private static readonly string[] ByteUnits = ["B", "kB", "MB", "GB", "TB", "PB"];

    /// <summary>"1.2 MB", decimal units.</summary>
    public static string Bytes(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (value >= 1000 && unit < ByteUnits.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 ? value : Math.Round(value, 1))} {ByteUnits[unit]}");
    }

    /// <summary>"1.235 ms", or nothing if it is not known.</summary>
    public static string Milliseconds(double? time) =>
        time is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known:0.###} ms") : "";

    /// <summary>"12 s", "3 min", "2 h", or nothing if it is not known.</summary>
    public static string Age(double? seconds) => seconds switch
    {
        null => "",
        < 120 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s"),
        < 7200 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0} h"),
    };
}
