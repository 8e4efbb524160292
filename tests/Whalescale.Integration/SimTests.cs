using System.Diagnostics;
using Whalescale.Integration.Lab;

namespace Whalescale.Integration;

/// <summary>A simulation is a function of its seed: neither the process nor the processor has a say.</summary>
public sealed class SimTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task The_same_seed_gives_the_same_bytes_in_another_process_and_without_wide_vectors()
    {
        byte[] first = await Simulate(seed: "7");
        byte[] withoutAvx2 = await Simulate(seed: "7", ("DOTNET_EnableAVX2", "0"));
        byte[] otherSeed = await Simulate(seed: "8");

        Assert.NotEmpty(first);
        Assert.Equal(first, withoutAvx2);
        Assert.NotEqual(first, otherSeed);
    }

    /// <summary>Runs the scenario and returns what it printed, byte by byte.</summary>
    private static async Task<byte[]> Simulate(string seed, params (string Name, string Value)[] environment)
    {
        string[] arguments = ["sim", "--scenario", "pair", "--seed", seed, "--hours", "0.02", "--json"];
        var start = new ProcessStartInfo(AgentBinary.FullPath, arguments) { RedirectStandardOutput = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;

        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            using var document = new MemoryStream();
            await process.StandardOutput.BaseStream.CopyToAsync(document, limit.Token);
            await process.WaitForExitAsync(limit.Token);
            Assert.Equal(0, process.ExitCode);
            return document.ToArray();
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }
}
