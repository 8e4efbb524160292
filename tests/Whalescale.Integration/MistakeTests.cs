using System.Globalization;
using System.Text.RegularExpressions;
using Whalescale.Integration.Lab;
using Xunit.Abstractions;

namespace Whalescale.Integration;

/// <summary>What people get wrong: one clear message, the right exit code, a next step.</summary>
public sealed class MistakeTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    [RootFact]
    public void Ten_mistakes_in_the_configuration_are_reported_at_once()
    {
        // One mistake on each line that ends in a comment.
        const string Toml = """
            [node]
            name = 7                              # 1: not a string
            address = ["10.77.0.1/33"]            # 2: no such prefix length
            anchor = "yes"                        # 3: not true or false
            colour = "blue"                       # 4: no such key
            [tun]
            mtu = 100                             # 5: below 1280
            [transport]
            listen_port = 70000                   # 6: no such port
            rekey_after = "3h"                    # 7: above 120 s
            [multipath]
            reorder = "sometimes"                 # 8: not true or false
            [[peer]]
            id = "abc"                            # 9: no node id
            endpoints = ["nowhere"]               # 10: no port
            """;
        using TunnelLab lab = TunnelLab.Prepare(output, Toml);

        lab.Alpha.Start();

        Assert.Equal(2, lab.Alpha.WaitForExit(Limit));
        string[] lines = Toml.Split('\n');
        for (int number = 1; number <= lines.Length; number++)
        {
            if (!lines[number - 1].Contains('#', StringComparison.Ordinal)) continue;
            string place = $@"20-test\.toml[:( ]+{number.ToString(CultureInfo.InvariantCulture)}[:,]\d+";
            Assert.Matches(new Regex(place), lab.Alpha.Log);
        }
    }

    [RootFact]
    public void Without_the_right_to_a_TUN_device_the_agent_exits_with_5_and_says_what_to_do()
    {
        using TunnelLab lab = TunnelLab.Prepare(output);

        // Root by name, but without a single capability: its files are readable, the device is not to be had.
        lab.Alpha.Start("setpriv", "--bounding-set=-all", "--inh-caps=-all");

        Assert.Equal(5, lab.Alpha.WaitForExit(Limit));
        Assert.Matches("CAP_NET_ADMIN|sudo|root", lab.Alpha.Log);
    }

    [RootFact]
    public void A_secret_that_others_can_read_is_refused_with_5_until_the_command_that_the_message_names_has_run()
    {
        using TunnelLab lab = TunnelLab.Prepare(output);
        const string AnyKey = "a2V5IG9mIHRoZSBsYWIsIGtub3duIHRvIGV2ZXJ5b24=";
        string[] files = [lab.Alpha.WriteNetworkSecret(AnyKey), Path.Combine(lab.Alpha.StateDirectory, "identity.key")];

        foreach (string file in files)
        {
            Command.Run(["chmod", "g+r", file]);
            int seen = lab.Alpha.Log.Length;
            lab.Alpha.Start();

            Assert.Equal(5, lab.Alpha.WaitForExit(Limit));
            Match advice = Regex.Match(lab.Alpha.Log[seen..], "run: (chmod .*)$", RegexOptions.Multiline);
            Assert.Contains(file, advice.Groups[1].Value, StringComparison.Ordinal);
            Command.Run(["sh", "-c", advice.Groups[1].Value]);
        }

        lab.Alpha.Start();
        lab.Alpha.WaitUntilReady(Limit);
    }

    [RootFact]
    public void Without_an_agent_status_exits_with_3_and_names_the_endpoint_it_tried()
    {
        using TunnelLab lab = TunnelLab.Prepare(output);

        CommandResult result = lab.Alpha.Cli("status");

        Assert.True(result.ExitCode == 3, result.ToString());
        Assert.Contains(lab.Alpha.SocketPath, result.Errors, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [RootFact]
    public void Ping_of_an_unknown_peer_exits_with_6()
    {
        using TunnelLab lab = TunnelLab.Start(output);

        CommandResult result = lab.Alpha.Cli("ping", "gamma", "-c", "1");

        Assert.True(result.ExitCode == 6, result.ToString());
        Assert.Contains("gamma", result.Errors, StringComparison.Ordinal);
    }
}
