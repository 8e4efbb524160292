using System.Globalization;

namespace Whalescale.Integration.Lab;

/// <summary>How long and how large the measured tests are; docs/testing.md lists the environment variables.</summary>
internal static class LabSettings
{
    public static int FileMebibytes => Read("WHALESCALE_TEST_FILE_MIB", 128);

    public static int RekeySeconds => Read("WHALESCALE_TEST_REKEY_SECONDS", 15);

    public static int KillRounds => Read("WHALESCALE_TEST_KILL_ROUNDS", 3);

    public static int FloodSeconds => Read("WHALESCALE_TEST_FLOOD_SECONDS", 5);

    public static int IdleSeconds => Read("WHALESCALE_TEST_IDLE_SECONDS", 20);

    public static int TransferSeconds => Read("WHALESCALE_TEST_TRANSFER_SECONDS", 10);

    /// <summary>Where measured figures are appended as JSON lines, or null.</summary>
    public static string? FiguresFile => Environment.GetEnvironmentVariable("WHALESCALE_TEST_FIGURES");

    private static int Read(string name, int normal)
    {
        string? text = Environment.GetEnvironmentVariable(name);
        if (string.IsNullOrEmpty(text)) return normal;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value > 0
            ? value
            : throw new InvalidOperationException($"{name}={text}: expected a whole number above zero.");
    }
}
